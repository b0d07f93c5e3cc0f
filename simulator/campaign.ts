/** Runs seed after seed until one breaks a promise, which is then shrunk and told; or one seed, step by step. */
import type { SimulatorOptions } from './arguments.ts';
import { seededChoices, writtenChoices } from './choices.ts';
import { realComposition } from './composition.ts';
import { named } from './names.ts';
import { createProgress } from './progress.ts';
import { type Schedule, shrink } from './shrink.ts';
import { type Run, simulate } from './simulate.ts';

const DEFAULT_SEEDS = 1_000;
const SHRINK_LIMITS = { maxRuns: 20_000, maxMs: 60_000 };

/** Whether every promise was kept. */
export async function search({ seeds, seed: first = 1, minutes, json }: SimulatorOptions): Promise<boolean> {
  const startedMs = performance.now();
  const limit = seeds ?? (minutes === undefined ? DEFAULT_SEEDS : undefined);
  const untilMs = minutes === undefined ? Number.POSITIVE_INFINITY : startedMs + minutes * 60_000;
  const progress = createProgress({ seeds: limit, minutes });
  const tally = { seeds: 0, sagas: 0, steps: 0 };
  let failing: { readonly seed: number; readonly run: Run } | undefined;
  while (!failing && tally.seeds < (limit ?? Number.POSITIVE_INFINITY) && performance.now() < untilMs) {
    const seed = (first + tally.seeds) % 2 ** 32;
    const run = await simulate(seededChoices(seed), realComposition);
    tally.seeds++;
    tally.sagas += run.sagas;
    tally.steps += run.steps;
    if (run.violation) failing = { seed, run };
    progress.tell(tally);
  }
  progress.end();
  const seconds = (performance.now() - startedMs) / 1_000;
  const sagasPerSecond = Math.round(tally.sagas / seconds);
  // What one core does, however many others want it.
  const { user, system } = process.cpuUsage();
  const sagasPerCpuSecond = Math.round((tally.sagas * 1_000_000) / (user + system));
  const words = failing && (await tellFailure(failing, json));
  if (json) {
    const violation = failing?.run.violation;
    const broken = violation && {
      seed: failing?.seed,
      invariant: violation.invariant,
      message: violation.message,
      words,
    };
    print(
      JSON.stringify({
        ...tally,
        seconds: Math.round(seconds * 10) / 10,
        sagasPerSecond,
        sagasPerCpuSecond,
        broken: broken ?? null,
      }),
    );
  } else {
    const result = failing ? `seed ${failing.seed} breaks a promise` : 'every promise was kept';
    const counts = `${count(tally.seeds)} seeds, ${count(tally.sagas)} sagas, ${count(tally.steps)} steps`;
    print(
      `${counts} in ${seconds.toFixed(1)} s (${count(sagasPerSecond)} sagas a second, ${count(sagasPerCpuSecond)} a second of CPU time): ${result}`,
    );
  }
  return !failing;
}

/** The shrunk schedule in words. */
async function tellFailure(
  { seed, run }: { seed: number; run: Run },
  json: boolean,
): Promise<readonly string[]> {
  const { violation } = run;
  if (!json)
    print(`\nseed ${seed} breaks invariant ${violation?.invariant}: ${named(violation?.message ?? '')}`);
  if (!json && violation?.invariant === 'bug') print(violation.stack ?? '');
  const progress = createProgress({ seeds: undefined, minutes: undefined });
  const schedule = await shrink(run, realComposition, SHRINK_LIMITS, (runs, best) =>
    progress.tellShrinking(runs, best),
  );
  progress.end();
  const shrunk = await inWords(schedule);
  if (!json) {
    print(`the same in ${shrunk.sagas} orders and ${schedule.choices.size} choices:\n`);
    for (const line of shrunk.words) print(line);
    print(`\ninvariant ${shrunk.violation?.invariant}: ${named(shrunk.violation?.message ?? '')}`);
    print(`the whole run: npm run simulate -- --seed ${seed}\n`);
  }
  return shrunk.words;
}

const inWords = ({ choices, omitted }: Schedule): Promise<Run> =>
  simulate(writtenChoices(choices), realComposition, { omitted, inWords: true });

/** One run, step by step. */
export async function replay(seed: number, { json }: SimulatorOptions): Promise<boolean> {
  const { violation, words, sagas, steps } = await simulate(seededChoices(seed), realComposition, {
    inWords: true,
  });
  const broken = violation && { invariant: violation.invariant, message: violation.message };
  if (json) print(JSON.stringify({ seed, sagas, steps, broken: broken ?? null, words }));
  else {
    for (const line of words) print(line);
    const result = broken
      ? `invariant ${broken.invariant} is broken: ${named(broken.message)}`
      : 'every promise was kept';
    print(`\nseed ${seed}, ${sagas} orders, ${steps} steps: ${result}`);
    if (violation?.invariant === 'bug') print(violation.stack ?? '');
  }
  return !violation;
}

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

export const count = (n: number): string => n.toLocaleString('en');
