/** How names, times and kinds of a saga are said to people. */
import { shortName } from '../events.ts';
import type { SagaEnd } from './definition.ts';

const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
  [1, 'ms'],
] as const;

/** `90000` -> `90 s`: in the largest unit that it is a whole number of. */
export function duration(ms: number | undefined): string {
  if (ms === undefined) return 'no deadline';
  const [size, unit] = UNITS.find(([unitMs]) => ms >= unitMs && ms % unitMs === 0) ?? [1, 'ms'];
  return `${ms / size} ${unit}`;
}

/** Short names, or steps as they are. */
export const named = (targets: readonly string[]): string => targets.map(shortName).join(', ') || '–';

export const endName = ({ event, undoes }: SagaEnd): string =>
  undoes ? `${shortName(event)}, after ${shortName(undoes)}` : shortName(event);
