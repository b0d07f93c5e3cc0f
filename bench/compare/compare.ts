/** All architectures in turn, round after round. */
import { ARCHITECTURE_NAMES, ARCHITECTURES } from '../../cli/architectures.ts';
import type { Comparison, Run } from './figures.ts';
import { machine, revision } from './machine.ts';
import type { Plan } from './plan.ts';
import { canMeasure } from './processes.ts';
import { number } from './report/figure.ts';
import { runOne } from './run.ts';

export interface CompareOptions {
  readonly plan: Plan;
  /** Says what is being done. */
  readonly say: (line: string) => void;
  /** Says what came of one run. */
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Throws if one run fails: a comparison lacks nobody. */
export async function compare({ plan, say, print, signal }: CompareOptions): Promise<Comparison> {
  const described = revision();
  const started = { time: new Date().toISOString(), machine: machine() };
  if (!canMeasure) print('this system tells nothing of CPU and memory (no /proc): these figures will be 0');
  const runs: Run[] = [];
  const all = turns(plan.rounds);
  for (const [at, { name, round }] of all.entries()) {
    const where = `${at + 1} of ${all.length}, round ${round}, ${name}`;
    const tell = (what: string) => say(`${where}: ${what}`);
    try {
      const run = await runOne({ architecture: ARCHITECTURES[name], round, plan, tell, signal });
      runs.push(run);
      print(`${where}: ${summary(run)}`);
    } catch (error) {
      signal.throwIfAborted();
      throw new Error(`${name} failed in round ${round}: ${(error as Error).message}`, { cause: error });
    }
  }
  return { format: 1, ...started, ...(described ? { revision: described } : {}), plan, runs };
}

/** Every other round goes the other way: what changes with time on the machine favours nobody. */
const turns = (rounds: number) =>
  Array.from({ length: rounds }, (_, at) =>
    (at % 2 === 0 ? ARCHITECTURE_NAMES : ARCHITECTURE_NAMES.toReversed()).map((name) => ({
      name,
      round: at + 1,
    })),
  ).flat();

function summary({ capacity, steady, agreement, outage, audit }: Run): string {
  return [
    `${number(capacity.endedPerSecond)} orders/s`,
    `answered in ${number(steady.toAnswer?.p50 ?? 0)} ms`,
    `lists agree in ${number(agreement.list.time?.p50 ?? 0)} ms`,
    `${outage.affected} orders waited for the provider`,
    `audit clean (${audit.checked.length} invariants)`,
  ].join(', ');
}
