/** What the recovery tests stand on: the counters as a service with a log, whose database can be backed up and restored. */
import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import pg from 'pg';
import type { Clock } from '../clock.ts';
import { type BatchHooks, runBatch, type Writer } from '../commandBatch.ts';
import {
  type Added,
  COUNTERS_SQL,
  type CounterCommand,
  type Counters,
  counterModel,
} from '../counterModel.testing.ts';
import { type Database, openDatabase } from '../database.ts';
import type { Outcome } from '../fold.ts';
import { connectLog, type LogConnection } from '../log/connection.ts';
import { type EmptyDatabase, logger, migratePlatform, until } from '../log/logFixture.testing.ts';
import { type LogGate, startLogGate } from '../log/logGate.ts';
import type { ServiceLog } from '../log/ownStream.ts';
import { type Relay, startRelay } from '../log/relay.ts';
import type { StreamSpec } from '../log/stream.ts';
import type { Replayable } from './replay.ts';

export const COUNTERS: StreamSpec = {
  name: 'COUNTERS',
  subjectPrefix: 'counters',
  maxBytes: 256 * 1024 * 1024,
  replicas: 1,
};

/** Adding 1 to a counter is the answer to the call that adding 99 asked for. */
export const counterReplay: Replayable<Counters, CounterCommand, Added> = {
  model: counterModel,
  replay: {
    otherRowsOf: () => [],
    assemble: (row, event) => new Map([[event.data.key, row(counterModel.address(event)) as number]]),
    settledTasksOf: ({ data }) => (data.amount === 1 ? ['00000000-0000-5000-8000-000000000099'] : []),
  },
};

export const clock: Clock = { now: () => new Date('2026-01-02T03:04:05.678Z') };

/** A service in the test's process, with one database and one log. */
export interface CounterService {
  readonly log: ServiceLog;
  readonly gate: LogGate;
  readonly relay: Relay;
  /** Runs commands as one batch, each under the request id of its number if it has one. */
  run(
    commands: readonly CounterCommand[],
    firstRequest?: number,
    hooks?: BatchHooks<Counters>,
  ): Promise<readonly Outcome<Counters>[]>;
  /** Until everything is in the log. */
  published(): Promise<void>;
  /** Counters, tasks and events: what a recovery has to bring back. */
  contents(): Promise<string>;
  close(): Promise<void>;
}

export async function counterService(
  databaseUrl: string,
  natsUrl: string,
  recheckMs = 300,
): Promise<CounterService> {
  const db = openDatabase({ url: databaseUrl, applicationName: 'test', maxConnections: 8 });
  const signal = AbortSignal.timeout(20_000);
  const connection: LogConnection = await connectLog({ url: natsUrl, name: 'test', logger, signal });
  const log: ServiceLog = { service: counterModel.service, spec: COUNTERS, db, connection };
  const gate = startLogGate(log, logger, recheckMs);
  const relay = startRelay({ ...log, holder: randomBytes(4).toString('hex'), gate, logger });
  const writer: Writer<Counters, CounterCommand, Added> = {
    db,
    model: counterModel,
    maxPayloadBytes: 500,
    onCommitted: () => relay.nudge(),
  };
  return {
    log,
    gate,
    relay,
    run: (commands, firstRequest, hooks) =>
      runBatch(
        writer,
        commands.map((command, n) => ({
          command,
          now: clock.now(),
          ...(firstRequest !== undefined && {
            request: requestOf(firstRequest + n),
            reply: ({ version }: { version: number }) => Buffer.from(`v${version}`),
          }),
        })),
        hooks,
      ),
    published: () =>
      until('all is in the log', async () => {
        const { rows } = await sql`select from outbox limit 1`.execute(db);
        return gate.isOpen() && rows.length === 0;
      }),
    contents: () => contentsOf(db),
    async close() {
      await relay.stop(2_000);
      await gate.stop();
      await connection.close();
      await db.destroy();
    },
  };
}

const requestOf = (n: number) => ({
  caller: 'somebody',
  method: 'test.v1.Counters/Add',
  requestId: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
  fingerprint: Buffer.alloc(32, n),
});

async function contentsOf(db: Database): Promise<string> {
  const { rows } = await sql<{ line: string }>`
    select 'counter ' || key || '=' || value || ' v' || version as line from counters
    union all select 'task ' || task_id || ' ' || kind || ' ' || encode(payload, 'hex') from tasks
    union all select concat_ws(' ', 'event', stream_id, version, event_id, type, partition, time, cause_stream,
      cause_id, traceparent, request, encode(payload, 'hex')) from events
    order by 1`.execute(db);
  return rows.map(({ line }) => line).join('\n');
}

/** Puts platform tables and counters into an empty database. */
export async function makeCounterDatabase({ url }: EmptyDatabase): Promise<void> {
  await migratePlatform(url);
  await withServer(url, (client) => client.query(COUNTERS_SQL));
}

/** A copy of a database that nobody uses now. Returns its URL. */
export async function backUp(url: string): Promise<string> {
  const name = `backup_${randomBytes(6).toString('hex')}`;
  const admin = new URL(url);
  admin.pathname = '/postgres';
  const source = decodeURIComponent(new URL(url).pathname.slice(1));
  await withServer(admin.href, (client) =>
    client.query(`create database ${pg.escapeIdentifier(name)} template ${pg.escapeIdentifier(source)}`),
  );
  const backup = new URL(url);
  backup.pathname = `/${name}`;
  return backup.href;
}

async function withServer(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await work(client).finally(() => client.end());
}
