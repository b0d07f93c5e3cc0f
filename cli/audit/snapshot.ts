/**
 * One service's database at one moment: a REPEATABLE READ, READ ONLY transaction, read in pages. Nothing in it moves while an
 * audit looks, and nothing can be changed through it.
 */
import { type RawBuilder, sql } from 'kysely';
import { beginSnapshot, type Database, type Transaction } from '../../platform/database.ts';
import { OrderlogError } from '../../platform/errors.ts';

export type Service = 'order' | 'catalog' | 'payment';
export const SERVICES: readonly Service[] = ['order', 'catalog', 'payment'];

export interface Snapshot<Name extends string = Service> {
  readonly service: Name;
  readonly tx: Transaction;
  /** The database's time when it was taken. */
  readonly now: Date;
  close(): Promise<void>;
}

/** Throws OrderlogError where the database cannot be read. */
export async function takeSnapshot<Name extends string>(
  service: Name,
  db: Database,
): Promise<Snapshot<Name>> {
  try {
    return await begin(service, db);
  } catch (error) {
    const { message, code } = error as { message?: string; code?: string };
    const why = `the database of ${service} cannot be read: ${message || code || String(error)}`;
    throw new OrderlogError('UNAVAILABLE', 'DATABASE_UNREADABLE', why, { cause: error });
  }
}

async function begin<Name extends string>(service: Name, db: Database): Promise<Snapshot<Name>> {
  const { tx, end } = await beginSnapshot(db);
  try {
    // Another database, or the log, may be looked at for long meanwhile.
    await sql`set local idle_in_transaction_session_timeout = 0`.execute(tx);
    // The snapshot is taken by the first query.
    const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(tx);
    return { service, tx, now: rows[0]?.now ?? new Date(), close: end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** How many positions one page of `events` spans. */
const POSITIONS = 2_000n;

/** A range of `events.position`, `after` excluded, and how much of all is done with it. */
export interface PositionRange {
  readonly after: bigint;
  readonly upTo: bigint;
  readonly done: number;
  readonly total: number;
}

/** All of `events` in ranges of positions: the index on it finds a range without a sort. */
export async function* positionRanges({ tx }: Snapshot): AsyncGenerator<PositionRange> {
  const { rows } = await sql<{ first: bigint | null; last: bigint | null }>`
    select min(position) as first, max(position) as last from events`.execute(tx);
  const { first, last } = rows[0] ?? {};
  if (first == null || last == null) return;
  for (let after = first - 1n; after < last; after += POSITIONS) {
    const upTo = after + POSITIONS;
    const total = Number(last - first + 1n);
    yield { after, upTo, done: Math.min(Number(upTo - first + 1n), total), total };
  }
}

const PAGE = 500;

/** The keys of a table, in order, in pages; `column` is unique and not null. */
export async function* keyPages(
  { tx }: Snapshot,
  table: string,
  column: string,
): AsyncGenerator<readonly string[]> {
  for (let after: string | undefined; ; ) {
    const keys = await keysAfter(tx, table, column, after, PAGE);
    if (keys.length > 0) yield keys;
    if (keys.length < PAGE) return;
    after = keys.at(-1);
  }
}

/** At most `limit` keys after `after` (undefined: from the first). */
export async function keysAfter(
  tx: Transaction,
  table: string,
  column: string,
  after: string | undefined,
  limit: number,
): Promise<readonly string[]> {
  const key = sql.ref(column);
  const where = after === undefined ? sql`` : sql`where ${key} > ${after}`;
  const { rows } = await sql<{ key: string }>`
    select ${key} as key from ${sql.table(table)} ${where} order by ${key} limit ${limit}`.execute(tx);
  return rows.map((row) => row.key);
}

export async function countOf({ tx }: Snapshot, table: string): Promise<number> {
  const { rows } = await sql<{ n: bigint }>`select count(*) as n from ${sql.table(table)}`.execute(tx);
  return Number(rows[0]?.n ?? 0n);
}

/** A text column as the UUID that it should be; null if it is none. */
export const asUuid = (text: RawBuilder<unknown>) =>
  sql`case when ${text} ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then (${text})::uuid end`;
