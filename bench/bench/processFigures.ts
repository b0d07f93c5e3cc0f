/** What each process took over several turns of orders. Pure. */
import { median, round } from '../compare/quantiles.ts';
import type { Goal, ProcessFigures } from './figures.ts';
import type { OrderTurn } from './orderTurn.ts';

/** Each Node process stays below it. */
export const MEMORY_MB = 200;

export function processesOf(turns: readonly OrderTurn[]): readonly ProcessFigures[] {
  const names = [...new Set(turns.flatMap(({ cpuMsPerOrder }) => [...cpuMsPerOrder.keys()]))];
  return names.map((name) => {
    const memory = Math.max(...turns.map(({ memoryMb }) => memoryMb.get(name) ?? 0));
    const cpu = median(turns.map(({ cpuMsPerOrder }) => cpuMsPerOrder.get(name) ?? 0));
    return { name, cpuMsPerOrder: round(cpu, 3), ...(memory > 0 && { memoryMb: memory }) };
  });
}

/** Of the largest service in a turn. */
const largestMb = ({ memoryMb }: OrderTurn): number => Math.max(...memoryMb.values());

export const memoryGoal = (turns: readonly OrderTurn[]): Goal => ({
  name: 'memory of the largest service at full load',
  unit: 'MB',
  values: turns.map(largestMb),
  below: MEMORY_MB,
});
