/** All cases of a run, and what became of them. */
import { randomFrom } from '../simulator/random.ts';
import { type Case, NotOffered, type Result, SUITES, type Suite, type Verdict, Violation } from './case.ts';
import type { Context } from './context.ts';
import type { Image } from './image.ts';
import { createOracle } from './judge.ts';
import { createStates, type States } from './states.ts';
import { deadlineCases } from './suites/deadlines.ts';
import { fieldCases } from './suites/fields.ts';
import { goldenCases } from './suites/golden.ts';
import { healthCases } from './suites/health.ts';
import { idempotencyCases } from './suites/idempotency.ts';
import { newerCases } from './suites/newer.ts';
import { pageCases } from './suites/pages.ts';
import { randomCases } from './suites/random.ts';
import { readCases } from './suites/reads.ts';
import { reflectionCases } from './suites/reflection.ts';
import { textCases } from './suites/texts.ts';
import { unknownIdCases } from './suites/unknownIds.ts';
import { watchCases } from './suites/watches.ts';
import { wireCases } from './suites/wire.ts';
import { rpcsOf, type Targets } from './targets.ts';

export interface RunOptions {
  readonly image: Image;
  readonly targets: Targets;
  readonly seed: number;
  readonly randomCases: number;
  /** Only these; unset: all. */
  readonly subjects?: (subject: string) => boolean;
  readonly suites?: readonly Suite[];
  /** At most so many cases of a suite for each subject, chosen by the seed; unset: all. */
  readonly perSuite?: number;
  /** What was prepared before; unset: prepared over the targets. */
  readonly states?: States;
  readonly onResult?: (result: Result, done: number, all: number) => void;
}

/** Calls in progress at once. Lists are looked at when nobody writes. */
const AT_ONCE = 12;
const ALONE: readonly Suite[] = ['pages'];

export function casesOf(options: RunOptions): readonly Case[] {
  const { image, targets, seed } = options;
  const context: Context = {
    image,
    targets,
    states: options.states ?? createStates(image, targets),
    oracle: createOracle(image),
    randomFor: (subject) => randomFrom(seed ^ hashOf(subject)),
    randomCases: options.randomCases,
  };
  const perRpc = [
    fieldCases,
    textCases,
    wireCases,
    newerCases,
    randomCases,
    readCases,
    watchCases,
    idempotencyCases,
    unknownIdCases,
    deadlineCases,
    pageCases,
  ];
  const all = [
    ...rpcsOf(targets).flatMap((rpc) => perRpc.flatMap((cases) => cases(context, rpc))),
    ...Object.values(targets).flatMap((target) => [
      ...reflectionCases(context, target),
      ...healthCases(context, target),
    ]),
    ...goldenCases(context),
  ];
  const suites = options.suites ?? SUITES;
  const wanted = all.filter(
    ({ suite, subject }) => suites.includes(suite) && (options.subjects?.(subject) ?? true),
  );
  return options.perSuite === undefined ? wanted : someOf(wanted, options.perSuite, seed);
}

/** The first of each suite and subject, and others by chance. */
function someOf(cases: readonly Case[], perSuite: number, seed: number): readonly Case[] {
  const random = randomFrom(seed);
  return [...Map.groupBy(cases, ({ suite, subject }) => `${suite} ${subject}`).values()].flatMap((group) => {
    const rest = group.slice(1);
    const chosen = Array.from({ length: Math.min(perSuite - 1, rest.length) }, () =>
      rest.splice(Math.floor(random() * rest.length), 1),
    );
    return [...group.slice(0, 1), ...chosen.flat()];
  });
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** Results in the order of the cases. */
export async function runContract(options: RunOptions): Promise<readonly Result[]> {
  const cases = casesOf(options);
  const results = new Map<Case, Result>();
  const work = async (queue: Case[]) => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const result = await resultOf(next);
      results.set(next, result);
      options.onResult?.(result, results.size, cases.length);
    }
  };
  const together = cases.filter(({ suite }) => !ALONE.includes(suite));
  await Promise.all(Array.from({ length: AT_ONCE }, () => work(together)));
  await work(cases.filter(({ suite }) => ALONE.includes(suite)));
  return cases.flatMap((each) => results.get(each) ?? []);
}

async function resultOf({ suite, subject, name, run }: Case): Promise<Result> {
  const startedAtMs = performance.now();
  const verdict = await verdictOf(run);
  return { suite, subject, name, verdict, durationMs: performance.now() - startedAtMs };
}

async function verdictOf(run: () => Promise<void>): Promise<Verdict> {
  try {
    await run();
    return { kind: 'held' };
  } catch (error) {
    if (error instanceof NotOffered) return { kind: 'notOffered' };
    if (!(error instanceof Violation)) {
      return { kind: 'failed', expected: 'the case to run', got: (error as Error).message ?? String(error) };
    }
    const { expected, got, request } = error;
    return { kind: 'failed', expected, got, ...(request !== undefined && { request }) };
  }
}
