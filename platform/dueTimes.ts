/** Until when something is somebody's, by the database's clock. */
import { type RawBuilder, sql } from 'kysely';

/** What lies so much farther ahead than it can have been given for was told by a clock that was set back since. */
const FAR_MS = 60_000;

export const inMs = (ms: number): RawBuilder<Date> =>
  sql<Date>`clock_timestamp() + ${ms} * interval '1 millisecond'`;

/** Whether the time in a column is over; it was given for `ttlMs` at most. */
export const isOver = (column: string, ttlMs: number): RawBuilder<boolean> =>
  sql<boolean>`${sql.ref(column)} not between clock_timestamp() and ${inMs(ttlMs + FAR_MS)}`;
