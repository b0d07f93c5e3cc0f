/** Runs seed after seed until one breaks a promise, which is then shrunk and told; or one seed, step by step. */
import type { SimulatorOptions } from './arguments.ts';
import { seededChoices, writtenChoices } from './choices.ts';
import { realComposition } from './composition.ts';
import { createProgress } from './progress.ts';
import { tellRun, tellSearch } from './report.ts';
import { shrink } from './shrink.ts';
import { type Run, simulate } from './simulate.ts';

const DEFAULT_SEEDS = 1_000;
const SHRINK_LIMITS = { maxRuns: 20_000, maxMs: 60_000 };

/** What a search came to. */
export interface Search {
  readonly seeds: number;
  readonly sagas: number;
  readonly steps: number;
  readonly seconds: number;
  /** Of one core, however many others want it. */
  readonly cpuSeconds: number;
  /** The run that broke a promise, and the shortest found that breaks the same, in words. */
  readonly broken: { readonly seed: number; readonly run: Run; readonly shrunk: Run } | undefined;
}

/** Whether every promise was kept. */
export async function search({ seeds, seed: first = 1, minutes, json }: SimulatorOptions): Promise<boolean> {
  const startedMs = performance.now();
  const limit = seeds ?? (minutes === undefined ? DEFAULT_SEEDS : Number.POSITIVE_INFINITY);
  const untilMs = startedMs + (minutes ?? Number.POSITIVE_INFINITY) * 60_000;
  const progress = createProgress(limit, untilMs);
  const tally = { seeds: 0, sagas: 0, steps: 0 };
  let failing: { readonly seed: number; readonly run: Run } | undefined;
  while (!failing && tally.seeds < limit && performance.now() < untilMs) {
    const seed = (first + tally.seeds) % 2 ** 32;
    const run = await simulate(seededChoices(seed), realComposition);
    tally.seeds++;
    tally.sagas += run.sagas;
    tally.steps += run.steps;
    if (run.violation) failing = { seed, run };
    progress.tell(tally);
  }
  const seconds = (performance.now() - startedMs) / 1_000;
  const { user, system } = process.cpuUsage();
  const shrunk = failing && (await shrunkInWords(failing.run, progress.tellShrinking));
  progress.end();
  const broken = failing && shrunk && { ...failing, shrunk };
  tellSearch({ ...tally, seconds, cpuSeconds: (user + system) / 1_000_000, broken }, json);
  return !failing;
}

async function shrunkInWords(failing: Run, onProgress: (runs: number, best: Run) => void): Promise<Run> {
  const { choices, omitted } = await shrink(failing, realComposition, SHRINK_LIMITS, onProgress);
  return simulate(writtenChoices(choices), realComposition, { omitted, inWords: true });
}

/** One run, step by step. Whether every promise was kept. */
export async function replay(seed: number, { json }: SimulatorOptions): Promise<boolean> {
  const run = await simulate(seededChoices(seed), realComposition, { inWords: true });
  tellRun(seed, run, json);
  return !run.violation;
}
