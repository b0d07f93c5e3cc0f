/** How sections are measured, in sentences: made of the plan that is carried out. Pure. */
import type { Plan } from './plan.ts';

export const times = (count: number, what: string): string =>
  count === 1 ? `One ${what}` : `${count} ${what}s`;

/** Of what has its turns by `interleave`. */
export const turnsText = ({ rounds }: Plan, seconds: number): string =>
  rounds === 1
    ? `One round, turns of about ${seconds} s.`
    : `${rounds} rounds, turns of about ${seconds} s; every other round goes the other way round, and a ratio is of the two turns of one round.`;

export const SETTLED =
  'Before each turn PostgreSQL writes out what it has left to write (a checkpoint), so that no turn pays for the one before it.';

export const GOES_ON =
  'One turn goes on from the other, and checkpoints come when PostgreSQL makes them: after each it logs whole what is touched first, which a turn of seconds would mostly consist of.';
