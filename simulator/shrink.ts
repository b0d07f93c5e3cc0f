/**
 * Makes a failing run small enough to be read: delta debugging (Zeller, Hildebrandt: "Simplifying and Isolating
 * Failure-Inducing Input", 2002) of what it consists of, the clients' operations and the choices other than the mildest, as
 * long as the same promise is broken.
 */
import { type ChoiceMap, writtenChoices } from './choices.ts';
import type { Composition } from './composition.ts';
import { type Run, simulate } from './simulate.ts';

export interface ShrinkLimits {
  readonly maxRuns: number;
  readonly maxMs: number;
}

/** What a run is a function of. */
export interface Schedule {
  readonly choices: ChoiceMap;
  readonly omitted: ReadonlySet<number>;
}

interface Found extends Schedule {
  readonly run: Run;
}

/** The simplest schedule found that breaks the promise which `failing` broke. */
export async function shrink(
  failing: Run,
  composition: Composition,
  { maxRuns, maxMs }: ShrinkLimits,
  onProgress: (runs: number, best: Run) => void = () => undefined,
): Promise<Schedule> {
  const untilMs = performance.now() + maxMs;
  let best: Found = { choices: failing.choices, omitted: new Set(), run: failing };
  let runs = 0;
  const isOver = () => runs >= maxRuns || performance.now() >= untilMs;

  /** Takes a schedule over if it fails in the same way and is simpler. */
  async function accept({ choices, omitted }: Schedule): Promise<void> {
    const run = await simulate(writtenChoices(choices), composition, { omitted });
    if (++runs % 50 === 0) onProgress(runs, best.run);
    if (run.violation?.invariant !== failing.violation?.invariant || !isSimpler(run, best.run)) return;
    best = { choices: run.choices, omitted, run };
  }

  /** Tries a change on pieces of each size, the largest first. */
  async function pass<T>(listOf: () => readonly T[], change: (piece: readonly T[]) => Schedule | undefined) {
    for (let size = listOf().length; size >= 1; size = Math.floor(size / 2)) {
      for (
        let end = listOf().length;
        end > 0 && !isOver();
        end = Math.min(end, listOf().length + size) - size
      ) {
        const changed = change(listOf().slice(Math.max(0, end - size), end));
        if (changed) await accept(changed);
      }
    }
  }

  const omit = (piece: readonly number[]): Schedule => ({
    ...best,
    omitted: best.omitted.union(new Set(piece)),
  });
  const leaveOut = (names: readonly string[]): Schedule => {
    const choices = new Map(best.choices);
    for (const name of names) choices.delete(name);
    return { ...best, choices };
  };
  const halve = ([name = '', ...more]: readonly string[]): Schedule | undefined => {
    const choice = best.choices.get(name) ?? 0;
    if (more.length > 0 || choice < 2) return undefined;
    return { ...best, choices: new Map(best.choices).set(name, choice >> 1) };
  };

  for (let before: Found | undefined; before !== best && !isOver(); ) {
    before = best;
    await pass(() => best.run.operations, omit);
    await pass(() => [...best.choices.keys()], leaveOut);
    await pass(() => [...best.choices.keys()], halve);
  }
  return best;
}

/** Fewer operations, then fewer choices, then fewer steps, then smaller choices. */
function isSimpler(run: Run, than: Run): boolean {
  const [a, b] = [measure(run), measure(than)];
  const differing = a.findIndex((value, index) => value !== b[index]);
  return differing >= 0 && (a[differing] ?? 0) < (b[differing] ?? 0);
}

const measure = ({ operations, steps, choices }: Run): readonly number[] => [
  operations.length,
  choices.size,
  steps,
  [...choices.values()].reduce((sum, choice) => sum + choice, 0),
];
