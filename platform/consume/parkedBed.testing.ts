/**
 * What the tests of parked events stand on: counters, a log, and a consumer with a bug in it, until it is `fixed`: payloads
 * that begin with `!` cannot be decoded.
 */
import { sql } from 'kysely';
import type { CounterCommand } from '../counterModel.testing.ts';
import type { EventCodec } from '../events.ts';
import type { Consumer } from './consumer.ts';
import { listParked } from './parkedList.ts';
import { reactTo } from './reactions.ts';
import { createReplay, type Replay, type Replayed, type ReplayRequest } from './replay.ts';
import {
  type CounterWriter,
  clock,
  counterDatabase,
  type EmptyDatabase,
  eventually,
  type Put,
  putCodec,
  putConsumer,
  silent,
  type TestLog,
  testLog,
} from './testbed.testing.ts';

export interface ParkedBed {
  readonly databaseUrl: string;
  readonly db: CounterWriter['db'];
  readonly writer: CounterWriter;
  readonly log: TestLog;
  readonly consumer: Consumer;
  readonly replay: Replay;
  /** Deploys the fix. */
  fixed: boolean;
  /** Publishes what the bug chokes on, under a type of any name. */
  poison(key: string, amount: number, type?: string): Promise<void>;
  /** Until the consumer has read all that was published. */
  settled(): Promise<void>;
  replayWith(writer: CounterWriter): Replay;
  /** Replays all, unless said otherwise. */
  replayNow(request?: Partial<ReplayRequest>): Promise<string>;
  /** `<sequence> <aggregate> tried <times>`, of each parked event. */
  parked(): Promise<string[]>;
  /** What was put on a counter, in order. */
  amounts(key: string): Promise<string>;
  values(): Promise<string>;
  stop(): Promise<void>;
}

export async function startParkedBed(natsUrl: string, database: EmptyDatabase): Promise<ParkedBed> {
  const base = await counterDatabase(database);
  const { db, writer } = base;
  const log = await testLog(natsUrl, `PARKED${++beds}`);
  await log.create();
  const codec: EventCodec<Put> = {
    ...putCodec,
    decode(type, bytes) {
      const text = Buffer.from(bytes).toString();
      if (text.startsWith('!') && !bed.fixed) throw new Error('the bug');
      return putCodec.decode('test.v1.Put', Buffer.from(text.replace('!', ''))) ?? fail(type);
    },
  };
  const options = (of: CounterWriter) => ({
    consumer: 'puts',
    writer: of,
    codec,
    react: ({ data }: Put): readonly CounterCommand[] => [{ type: 'Add', ...data }],
    clock,
    logger: silent,
  });
  let published = 0;
  const publish = log.publish;
  const counting: TestLog = {
    ...log,
    async publish(...message) {
      await publish(...message);
      published += 1;
    },
    put: (key, amount) => counting.publish(key, 'test.v1.Put', Buffer.from(JSON.stringify({ key, amount }))),
  };
  const consumer = putConsumer(writer, log, { handle: reactTo(options(writer)) });
  const signal = new AbortController().signal;
  const bed: ParkedBed = {
    databaseUrl: database.url,
    db,
    writer,
    log: counting,
    consumer,
    replay: createReplay(options(writer)),
    fixed: false,
    poison: (key, amount, type = 'test.v1.Put') =>
      counting.publish(key, type, Buffer.from(`!${JSON.stringify({ key, amount })}`)),
    settled: () =>
      eventually(async () => {
        const [range] = await consumer.status();
        if (range?.sequence !== BigInt(published)) throw new Error(`read up to ${range?.sequence}`);
      }, 20_000),
    replayWith: (of) => createReplay(options(of)),
    async replayNow({ maxEvents = 1_000, place, ...asked } = {}) {
      let [replayed, failed] = [0, 0];
      let firstFailure: Replayed['firstFailure'];
      // One that takes long returns early.
      for (let from = place; ; ) {
        const left = maxEvents - replayed - failed;
        const done = await bed.replay({ ...asked, place: from, maxEvents: left }, signal);
        replayed += done.replayed;
        failed += done.failed;
        firstFailure ??= done.firstFailure;
        from = done.next;
        if (!from || replayed + failed >= maxEvents) break;
      }
      return `${replayed} replayed, ${failed} failed${firstFailure ? `: ${firstFailure.error}` : ''}`;
    },
    async parked() {
      const { events } = await listParked(db, { limit: 1_000 });
      return events.map(
        ({ message, attempts }) => `${message.sequence} ${message.streamId} tried ${attempts}`,
      );
    },
    async amounts(key) {
      const { rows } = await sql<{ amount: string }>`
        select convert_from(payload, 'utf8')::json->>'amount' as amount
        from events where stream_id = ${key} order by version`.execute(db);
      return rows.map(({ amount }) => amount).join(' ');
    },
    values: base.values,
    async stop() {
      await consumer.stop();
      await log.delete();
      await log.close();
      await base.close();
    },
  };
  return bed;
}

let beds = 0;

const fail = (type: string): never => {
  throw new Error(type);
};
