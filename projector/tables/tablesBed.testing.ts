/** What tests of analytics stand on: a database of their own, stream ORDERS, and projectors that write the one from the other. */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { pino } from 'pino';
import { type Database, openDatabase } from '../../platform/database.ts';
import { roleIn } from '../../platform/databaseUrl.ts';
import { sumTables } from '../analytics/contributions.ts';
import { analyticsProjection } from '../analytics/projection.ts';
import type { OrdersLog } from '../engine/ordersLog.testing.ts';
import type { EventRecord } from '../engine/projection.ts';
import { runProjection } from '../engine/run.ts';
import type { LogLine, Projector } from '../engine/testbed.testing.ts';
import { ensureTables } from './generation.ts';
import { tableTarget } from './tableTarget.ts';

export interface AnalyticsDatabase {
  readonly url: string;
  readonly migrationUrl: string;
  readonly readerUrl: string;
}

export interface AnalyticsSetup {
  readonly log: OrdersLog;
  readonly database: AnalyticsDatabase;
  /** What the Order service tells of an order. */
  readonly history?: (orderId: string) => readonly EventRecord[];
  /** Of the fold. */
  readonly version?: number;
}

/** A projector of analytics, as main.ts puts it together. */
export function startAnalytics({ log, database, history, version }: AnalyticsSetup): Projector {
  const lines: LogLine[] = [];
  const refolded: string[] = [];
  const write = (line: string) => lines.push(JSON.parse(line));
  const logger = pino({ formatters: { level: (level) => ({ level }) } }, { write });
  const usual = analyticsProjection({ getOrderHistory: () => Promise.reject(new Error('not asked')) });
  const projection = {
    ...usual,
    version: version ?? usual.version,
    async history(orderId: string) {
      refolded.push(orderId);
      return history?.(orderId) ?? [];
    },
  };
  const roles = { writer: roleIn(database.url), reader: roleIn(database.readerUrl) };
  const prepare = () => ensureTables(database.migrationUrl, projection, roles);
  const db = openDatabase({ url: database.url, applicationName: 'test', maxConnections: 2 });
  const target = tableTarget(projection, { db, logger, writer: randomUUID(), prepare });
  const stopping = new AbortController();
  const running = runProjection(
    { connection: log.connection, logger },
    { projection, target },
    stopping.signal,
  );
  return {
    lines,
    refolded,
    async stop() {
      stopping.abort();
      await running;
      await db.destroy();
    },
  };
}

export const SCHEMA = 'analytics_1';

/** Up to where the log is counted; 0 where there are no tables yet. */
export async function countedUpTo(db: Database): Promise<number> {
  try {
    const { rows } = await sql<{ sequence: bigint }>`
      select sequence from ${sql.id(SCHEMA, 'checkpoint')}`.execute(db);
    return Number(rows[0]?.sequence ?? 0n);
  } catch {
    return 0;
  }
}

/** The rows of a table of sums that are not all zero, as text. */
export async function rowsOf(db: Database, table: 'daily_sales' | 'funnel' | 'statuses'): Promise<string[]> {
  const { rows } = await sql<Record<string, unknown>>`
    select t.*, day::text as day from ${sql.id(SCHEMA, table)} t order by 1, 2`.execute(db);
  const nothing = ' 0'.repeat(sumTables[table].sums.length);
  return rows
    .map(({ day, ...rest }) => [day, ...Object.values(rest)].join(' '))
    .filter((row) => !row.endsWith(nothing));
}
