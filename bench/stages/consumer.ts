/** Events a second through Catalog's consumer, effects and all, against a reader of the same stream that does nothing. */
import { type JsMsg, jetstream } from '@nats-io/jetstream';
import { sql } from 'kysely';
import { databaseClock } from '../../platform/clock.ts';
import { runBatch, type Writer } from '../../platform/commandBatch.ts';
import { startConsumer } from '../../platform/consume/consumer.ts';
import { reactTo } from '../../platform/consume/reactions.ts';
import type { Database } from '../../platform/database.ts';
import type { LogConnection } from '../../platform/log/connection.ts';
import { ORDERS } from '../../proto/streams.ts';
import type { CatalogCommand } from '../../services/catalog/domain/commands.ts';
import type { CatalogEvent } from '../../services/catalog/domain/events.ts';
import type { CatalogState } from '../../services/catalog/domain/state.ts';
import { catalogModel } from '../../services/catalog/model.ts';
import { catalogSubscriptions } from '../../services/catalog/subscriptions.ts';
import type { Comparison } from '../bench/measure.ts';
import { assertCounts } from './counts.ts';
import { ordersLog } from './ordersLog.ts';
import { createPace, rateSince, within } from './pace.ts';
import { prepared } from './prepared.ts';
import { databaseOf, natsOf, postgresOf, silent } from './servers.ts';
import { countOfVersion, EVENTS_AN_ORDER, SKUS } from './stories.ts';

type CatalogWriter = Writer<CatalogState, CatalogCommand, CatalogEvent>;

/** Events a second, before anything is known. */
const GUESS = 4_000;
const RAW_GUESS = 40_000;
const STOCK = 1_000_000_000n;
const MAX_PAYLOAD_BYTES = 1_000_000;
/** Longer turns tell no more of a reader, and would have to be filled first. */
export const MAX_RAW_EVENTS = 200_000;
const openGate = { isOpen: () => true, whenOpen: async () => undefined, reason: () => undefined };

export const consumer: Comparison = {
  id: 'consumer',
  title: "Catalog's consumer of orders with its transactions, against a raw ordered consumer of the stream",
  prepare: (context) =>
    prepared(async (ending) => {
      const postgres = await postgresOf(context, ending);
      const db = await databaseOf(postgres, 'catalog', ending);
      const { connection } = await natsOf(context, ending);
      const log = await ordersLog(connection, context.say);
      const writer = { db, model: catalogModel, maxPayloadBytes: MAX_PAYLOAD_BYTES, onCommitted() {} };
      await putItems(writer);
      const [pace, rawPace] = [createPace(GUESS), createPace(RAW_GUESS)];
      let consumed = 0;
      return {
        subject: {
          name: 'consumer',
          unit: 'events/s',
          async run(seconds) {
            const goal = consumed + pace.amount(seconds);
            await log.growTo(goal);
            // As Catalog's relay would have done.
            await postgres.empty('catalog', ['outbox']);
            await postgres.settle();
            const turn = await consumeUpTo(goal, { writer, connection, signal: context.signal });
            consumed = turn.sequence;
            await assertEffects(db, consumed);
            pace.was(turn.rate);
            return { rate: turn.rate, detail: { events: turn.events, batches: turn.batches } };
          },
        },
        reference: {
          name: 'raw ordered consumer',
          unit: 'events/s',
          async run(seconds) {
            const events = Math.min(rawPace.amount(seconds), MAX_RAW_EVENTS);
            await log.growTo(events);
            // What the consumer's turn has left to be written would be written in this one.
            await postgres.settle();
            const rate = await readRaw(connection, events);
            rawPace.was(rate);
            return { rate, detail: { events } };
          },
        },
      };
    }),
};

async function putItems(writer: CatalogWriter): Promise<void> {
  const cause = { stream: 'BENCH', eventId: '00000000-0000-4000-8000-000000000000' };
  const commands = SKUS.map((sku) => {
    const price = { minor: 950n, currency: 'EUR' };
    return { type: 'PutItem', sku, name: `Item ${sku}`, price, initialOnHand: STOCK } as const;
  });
  const now = new Date();
  const outcomes = await runBatch(
    writer,
    commands.map((command) => ({ command, now, cause })),
  );
  const failed = outcomes.find(({ kind }) => kind !== 'accepted');
  if (failed) throw new Error(`an item was not put: ${failed.kind}`);
}

interface Consuming {
  readonly writer: CatalogWriter;
  readonly connection: LogConnection;
  readonly signal: AbortSignal;
}

/** From its checkpoint to a sequence, or a little beyond; the time counts from its first batch on. */
async function consumeUpTo(goal: number, { writer, connection, signal }: Consuming) {
  const [subscription] = catalogSubscriptions;
  if (!subscription) throw new Error('Catalog subscribes to nothing');
  const stopping = new AbortController();
  const clock = await databaseClock(writer.db, stopping.signal);
  const { name, policies } = subscription;
  const react = reactTo({ ...policies, consumer: name, writer, clock, logger: silent });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let [startedMs, events, batches, sequence] = [0, 0, 0, 0];
  const running = startConsumer({
    name,
    stream: ORDERS.name,
    subjectPrefix: ORDERS.subjectPrefix,
    owner: 'bench',
    db: writer.db,
    connection,
    gate: openGate,
    logger: silent,
    async handle(batch) {
      startedMs ||= performance.now();
      await react(batch).catch((error) => {
        reject(error);
        throw error;
      });
      events += batch.messages.length;
      batches++;
      sequence = batch.messages.at(-1)?.sequence ?? sequence;
      if (sequence >= goal) resolve(rateSince(events, startedMs));
    },
  });
  let rate: number;
  try {
    rate = await within(promise, 'the consumer', signal);
  } finally {
    // A batch in hand is finished, and counted where the next turn begins.
    await running.stop();
    stopping.abort();
  }
  return { rate, events, batches, sequence };
}

/** Of the log up to a sequence: an order that was placed holds its goods, or has sold them if it is completed. */
async function assertEffects(db: Database, sequence: number): Promise<void> {
  const { rows } = await sql<{ reservations: bigint; held: bigint; confirmed: bigint; parked: bigint }>`
    select count(*) as reservations, count(*) filter (where status = 'reserved') as held,
      count(*) filter (where status = 'confirmed') as confirmed,
      (select count(*) from parked_events) as parked
    from reservations`.execute(db);
  const placed = countOfVersion(1, sequence);
  const completed = countOfVersion(EVENTS_AN_ORDER, sequence);
  const expected = { reservations: placed, held: placed - completed, confirmed: completed, parked: 0 };
  assertCounts('the consumer', rows[0], expected);
}

/** The client's own ordered consumer, from the first event on. */
async function readRaw({ nats }: LogConnection, events: number): Promise<number> {
  const ordered = await jetstream(nats).consumers.get(ORDERS.name);
  const messages = await ordered.consume({ max_messages: 1_000 });
  const startedMs = performance.now();
  let read = 0;
  let last: JsMsg | undefined;
  for await (const message of messages) {
    last = message;
    if (++read >= events) break;
  }
  const rate = rateSince(read, startedMs);
  await messages.close();
  // Ordered: that is all of them.
  const found = { read, 'last sequence': last?.seq ?? 0 };
  assertCounts('the raw consumer', found, { read: events, 'last sequence': events });
  return rate;
}
