/**
 * Tries all kinds at once for a time, each by the numbers of a seed, one input after the other; what is found is made as small as
 * fast-check can in the time that is left. Meanwhile the processes are watched.
 */
import fc from 'fast-check';
import { cut } from '../contract/say.ts';
import { pause } from '../platform/wait.ts';
import { type Random, randomFrom } from '../simulator/random.ts';
import type { AnyKind } from './kind.ts';
import { type Readings, wrongProcesses } from './processes.ts';

export interface FuzzOptions {
  readonly kinds: readonly AnyKind[];
  readonly seconds: number;
  /** 32 bits. */
  readonly seed: number;
  readonly read: () => Promise<Readings>;
  /** Told every few seconds how many inputs were tried. */
  readonly onProgress?: (tried: number) => void;
}

export interface Tried {
  readonly kind: string;
  readonly inputs: number;
  /** How often each was seen. */
  readonly outcomes: ReadonlyMap<string, number>;
}

export interface Finding {
  readonly kind: string;
  readonly what: string;
  readonly input: string;
}

export interface FuzzReport {
  readonly tried: readonly Tried[];
  readonly findings: readonly Finding[];
}

const LOOK_MS = 1_000;
/** Of the readings: from when to when processes have warmed up, and from when on it is late. */
const [WARM_FROM, WARM_TO, LATE_FROM] = [0.3, 0.5, 0.8];
/** Inputs of one seed of fast-check's. */
const ROUND = 50;
/** That a finding may be made smaller. */
const SHRINK_MS = 20_000;
/** Of one kind: the next ones would be the same. */
const MAX_FINDINGS = 3;
const LAST_INPUTS = 10;
const MAX_LAST_CHARS = 300;

interface Running {
  readonly outcomes: Map<string, number>;
  inputs: number;
  /** The latest, should a process be gone. */
  readonly last: string[];
}

/** Takes `options.seconds`, and what was begun to its end. */
export async function runFuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { kinds, seconds, seed } = options;
  const endsAtMs = performance.now() + seconds * 1_000;
  const running = kinds.map((): Running => ({ outcomes: new Map(), inputs: 0, last: [] }));
  const over = new AbortController();
  const watching = watch(options, running, over.signal);
  const trying = kinds.map((each, index) => {
    const chance = randomFrom(seed + index);
    return tryKind(each, running[index] as Running, chance, endsAtMs);
  });
  const found = (await Promise.all(trying)).flat();
  over.abort();
  const wrong = await watching;
  const last = `what was asked last:\n${running.flatMap((each) => each.last).join('\n')}`;
  if (wrong.length > 0)
    found.push({ kind: 'the look at the processes', what: wrong.join('; '), input: last });
  return {
    tried: running.map(({ inputs, outcomes }, index) => ({
      kind: kinds[index]?.name ?? '',
      inputs,
      outcomes,
    })),
    findings: found,
  };
}

async function tryKind(
  { name, inputs, attempt, describe }: AnyKind,
  running: Running,
  chance: Random,
  endsAtMs: number,
): Promise<readonly Finding[]> {
  const property = fc.asyncProperty(inputs, async (input) => {
    running.last.push(cut(`${name}: ${describe(input)}`, MAX_LAST_CHARS));
    if (running.last.length > LAST_INPUTS) running.last.shift();
    const { outcome, wrong } = await attempt(input);
    running.inputs += 1;
    running.outcomes.set(outcome, (running.outcomes.get(outcome) ?? 0) + 1);
    if (wrong !== undefined) throw new Error(wrong);
  });
  const findings: Finding[] = [];
  while (performance.now() < endsAtMs && findings.length < MAX_FINDINGS) {
    const seed = Math.floor(chance() * 2 ** 32) | 0;
    const interruptAfterTimeLimit = Math.max(1, endsAtMs - performance.now()) + SHRINK_MS;
    const checked = await fc.check(property, { seed, numRuns: ROUND, interruptAfterTimeLimit });
    if (!checked.failed || !checked.counterexample) continue;
    const [input] = checked.counterexample;
    findings.push({ kind: name, what: (checked.errorInstance as Error).message, input: describe(input) });
  }
  return findings;
}

/** Until it is over; then what is wrong with the processes. */
async function watch(
  { read, onProgress }: FuzzOptions,
  running: readonly Running[],
  over: AbortSignal,
): Promise<readonly string[]> {
  const readings: Readings[] = [];
  while (!over.aborted) {
    readings.push(await read());
    onProgress?.(running.reduce((sum, { inputs }) => sum + inputs, 0));
    await pause(LOOK_MS, over);
  }
  readings.push(await read());
  const at = (share: number) => share * readings.length;
  const warm = readings.slice(Math.floor(at(WARM_FROM)), Math.ceil(at(WARM_TO)));
  return wrongProcesses(warm, readings.slice(Math.floor(at(LATE_FROM))));
}
