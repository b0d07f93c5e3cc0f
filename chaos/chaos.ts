/** A chaos run: faults one after the other, each on a system that is fit for it. */
import type { Fault } from './fault.ts';
import { NotPossible } from './notPossible.ts';
import { type Result, runFault } from './run.ts';
import { isClean } from './table.ts';
import { createWorlds, type WorldsOptions } from './worlds.ts';

export type Outcome =
  | { readonly fault: Fault; readonly result: Result }
  | { readonly fault: Fault; readonly notRun: string };

export interface ChaosOptions extends WorldsOptions {
  readonly ratePerSecond: number;
  readonly onOutcome: (outcome: Outcome) => void;
}

/** Runs them all, also where one fails. Throws what keeps a system from starting, with nothing left running. */
export async function runChaos(faults: readonly Fault[], options: ChaosOptions): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const worlds = createWorlds(options);
  try {
    for (const [index, fault] of faults.entries()) {
      const tell = (line: string) => options.tell(`${index + 1}/${faults.length} ${fault.name}: ${line}`);
      const outcome = await runOne(fault, { ...options, tell });
      outcomes.push(outcome);
      options.onOutcome(outcome);
      if (fault.spoils || ('result' in outcome && !isClean(outcome.result))) await worlds.drop();
    }
  } finally {
    await worlds.drop();
  }
  return outcomes;

  async function runOne(fault: Fault, own: ChaosOptions): Promise<Outcome> {
    try {
      const world = await worlds.for(fault);
      return { fault, result: await runFault(world, fault, own) };
    } catch (error) {
      if (error instanceof NotPossible) return { fault, notRun: error.message };
      throw error;
    }
  }
}
