/** The analytics database, as the projector fills it (projector/analytics). */
import { sql } from 'kysely';
import {
  type Database,
  inSnapshot,
  isInfrastructureError,
  type Transaction,
} from '../../platform/database.ts';
import type { ReadOptions } from '../../platform/elasticsearch/readModel.ts';
import { OrderlogError } from '../../platform/errors.ts';
import type { ModelCheckpoint } from '../../platform/modelCheckpoint.ts';
import { within } from '../../platform/wait.ts';
import { ORDERS } from '../../proto/streams.ts';
import type { VersionedModel } from './freshness.ts';
import { nothingCounted, type Period, readSales, readSequence, type SalesRows } from './salesTables.ts';

export interface SalesModel extends VersionedModel<{ readonly version: number }> {
  /** Throws OrderlogError UNAVAILABLE. */
  sales(period: Period, options: ReadOptions): Promise<SalesRows>;
  /** undefined: nothing was counted yet. Throws OrderlogError UNAVAILABLE. */
  checkpoint(options: ReadOptions): Promise<ModelCheckpoint | undefined>;
}

const PROJECTION = 'analytics';
const RETRY_AFTER_MS = 1_000;

/** `db` as a role that may read. */
export function openSalesModel(db: Database): SalesModel {
  /** In one snapshot; undefined: there are no tables yet. */
  const readLive = <T>(
    options: ReadOptions,
    read: (tx: Transaction, schema: string) => Promise<T>,
  ): Promise<T | undefined> => asked(options, () => ofLive(db, options, read));
  return {
    read: (orderId, options) =>
      readLive(options, async (tx, schema) => {
        const { rows } = await sql<{ version: number }>`
          select version from ${sql.id(schema, 'states')} where stream_id = ${orderId}`.execute(tx);
        return rows[0];
      }),
    progress: async (options) => (await readLive(options, readSequence)) ?? 0,
    sales: async (period, options) =>
      (await readLive(options, (tx, schema) => readSales(tx, schema, period))) ?? nothingCounted,
    checkpoint: (options) => readLive(options, readCheckpoint),
  };
}

async function readCheckpoint(tx: Transaction, schema: string): Promise<ModelCheckpoint | undefined> {
  const { rows } = await sql<{
    sequence: bigint;
    last_event_id: string | null;
    stream_epoch: number | null;
    writer: string;
    time: Date;
  }>`select sequence, last_event_id, stream_epoch, writer, time
    from ${sql.id(schema, 'checkpoint')} where stream_epoch is not null`.execute(tx);
  const [row] = rows;
  return (
    row && {
      stream: ORDERS.name,
      sequence: Number(row.sequence),
      lastEventId: row.last_event_id ?? undefined,
      streamEpoch: row.stream_epoch ?? 0,
      writer: row.writer,
      time: row.time.toISOString(),
    }
  );
}

/** Of the live tables. */
async function ofLive<T>(
  db: Database,
  { timeoutMs, signal }: ReadOptions,
  read: (tx: Transaction, schema: string) => Promise<T>,
): Promise<T | undefined> {
  signal?.throwIfAborted();
  return inSnapshot(db, async (tx) => {
    await sql`select set_config('statement_timeout', ${`${Math.ceil(timeoutMs)}ms`}, true)`.execute(tx);
    const { rows } = await sql<{ live: string }>`
      select live from generations where projection = ${PROJECTION}`.execute(tx);
    return rows[0] && (await read(tx, rows[0].live));
  });
}

/** undefined_table, invalid_schema_name: nobody has made it yet, or a generation was dropped since it was live. */
const isMissing = (error: unknown): boolean =>
  ['42P01', '3F000'].includes((error as { code?: string } | null)?.code ?? '');

async function asked<T>(
  { timeoutMs }: ReadOptions,
  read: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const work = read().catch((error: unknown) => {
    // Another generation may be live by now.
    if (isMissing(error)) return read();
    throw error;
  });
  try {
    // A server that is gone keeps to no statement_timeout.
    return await within(timeoutMs, work, tookTooLong);
  } catch (error) {
    if (isMissing(error)) return undefined;
    if (isInfrastructureError(error)) throw unavailable(error);
    throw error;
  }
}

const tookTooLong = (): never => {
  throw unavailable(new Error('there was no answer in time'));
};

const unavailable = (cause: unknown): OrderlogError =>
  new OrderlogError(
    'UNAVAILABLE',
    'ANALYTICS_UNAVAILABLE',
    'the analytics database cannot be read now; orders are taken and counted all the same, repeat the read later',
    { retryAfterMs: RETRY_AFTER_MS, cause },
  );
