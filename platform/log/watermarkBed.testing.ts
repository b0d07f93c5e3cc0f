/** Services in a row for the watermarks' tests: each with a database, a log, a relay, and a consumer of the one before. */
import { sql } from 'kysely';
import { type Consumer, startConsumer } from '../consume/consumer.ts';
import { reactTo } from '../consume/reactions.ts';
import {
  type CounterWriter,
  clock,
  counterDatabase,
  type EmptyDatabase,
  putCodec,
} from '../consume/testbed.testing.ts';
import type { CounterCommand } from '../counterModel.testing.ts';
import type { Database } from '../database.ts';
import { connectLog, type LogConnection } from './connection.ts';
import { logger } from './logFixture.testing.ts';
import { type LogGate, startLogGate } from './logGate.ts';
import { type Relay, startRelay } from './relay.ts';
import { watermarkBucket } from './watermarkBucket.ts';
import { startWatermarks, type Watermarks } from './watermarks.ts';

export interface Station {
  readonly db: Database;
  readonly writer: CounterWriter;
  readonly connection: LogConnection;
  readonly gate: LogGate;
  readonly watermarks: Watermarks;
  /** Stops its relay, or starts it. */
  relays(on: boolean): Promise<void>;
  /** Stops its consumer, or starts it. */
  consumes(on: boolean): Promise<void>;
  /** The database's time. */
  now(): Promise<Date>;
  close(): Promise<void>;
}

const LOOK_MS = 100;

/** `reads`: the stream of the service before it; unset: the first one. `isSource` as in the service's spec. */
export async function startStation(
  database: EmptyDatabase,
  natsUrl: string,
  name: string,
  reads: string | undefined,
  isSource = reads === undefined,
): Promise<Station> {
  const { db, writer, close } = await counterDatabase(database);
  const signal = AbortSignal.timeout(20_000);
  const connection = await connectLog({ url: natsUrl, name, logger, signal });
  const spec = { name, subjectPrefix: name.toLowerCase(), maxBytes: 64 * 1024 ** 2, replicas: 1 };
  const log = { service: 'test', spec, db, connection };
  const gate = startLogGate(log, logger);
  const startOwnRelay = () => startRelay({ ...log, holder: `${name}-relay`, gate, logger });
  let relay: Relay = startOwnRelay();
  const consumer = `${name}.reads`;
  const startOwnConsumer = (stream: string): Consumer =>
    startConsumer({
      name: consumer,
      stream,
      subjectPrefix: stream.toLowerCase(),
      owner: name,
      db,
      connection,
      gate,
      logger,
      handle: reactTo({
        consumer,
        writer: { ...writer, onCommitted: () => relay.nudge() },
        codec: { ...putCodec, decode: (_, bytes) => ({ type: 'Put', data: JSON.parse(`${bytes}`) }) },
        // What it was told, it tells on.
        react: ({ data }): readonly CounterCommand[] => [{ type: 'Add', ...data }],
        clock,
        logger,
      }),
    });
  let reading = reads === undefined ? undefined : startOwnConsumer(reads);
  const watermarks = startWatermarks({
    db,
    bucket: watermarkBucket(connection, 1),
    gate,
    // What is put must be true whoever puts it: a relay that was stopped holds by its outbox, not by its silence.
    relay: { status: () => ({ ...relay.status(), leader: true }) },
    logger,
    stream: name,
    isSource,
    subscriptions: reads === undefined ? [] : [{ consumer, stream: reads }],
    marginMs: 0,
    lookMs: LOOK_MS,
  });
  return {
    db,
    writer: { ...writer, onCommitted: () => relay.nudge() },
    connection,
    gate,
    watermarks,
    async relays(on) {
      await relay.stop(0);
      if (on) relay = startOwnRelay();
    },
    async consumes(on) {
      await reading?.stop();
      if (on && reads !== undefined) reading = startOwnConsumer(reads);
    },
    async now() {
      const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(db);
      return rows[0]?.now ?? new Date(0);
    },
    async close() {
      await watermarks.stop();
      await reading?.stop();
      await relay.stop(0);
      await gate.stop();
      await connection.close();
      await close();
    },
  };
}
