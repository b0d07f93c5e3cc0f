/** Events a second through Catalog's consumer, effects and all, against a reader of the same stream that does nothing. */
import { jetstream } from '@nats-io/jetstream';
import { databaseClock } from '../../platform/clock.ts';
import { runBatch, type Writer } from '../../platform/commandBatch.ts';
import { startConsumer } from '../../platform/consume/consumer.ts';
import { reactTo } from '../../platform/consume/reactions.ts';
import type { LogConnection } from '../../platform/log/connection.ts';
import { ORDERS } from '../../proto/streams.ts';
import type { CatalogCommand } from '../../services/catalog/domain/commands.ts';
import type { CatalogEvent } from '../../services/catalog/domain/events.ts';
import type { CatalogState } from '../../services/catalog/domain/state.ts';
import { catalogModel } from '../../services/catalog/model.ts';
import { catalogSubscriptions } from '../../services/catalog/subscriptions.ts';
import type { Comparison } from '../bench/measure.ts';
import { ordersLog } from './ordersLog.ts';
import { createPace, rateSince } from './pace.ts';
import { prepared } from './prepared.ts';
import { databaseOf, natsOf, postgresOf, silent } from './servers.ts';
import { SKUS } from './stories.ts';

type CatalogWriter = Writer<CatalogState, CatalogCommand, CatalogEvent>;

/** Events a second, before anything is known. */
const GUESS = 4_000;
const RAW_GUESS = 40_000;
const STOCK = 1_000_000_000n;
const MAX_PAYLOAD_BYTES = 1_000_000;
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
            await postgres.settle();
            const turn = await consumeUpTo(writer, connection, goal);
            consumed = turn.sequence;
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
            const rate = await readRaw(connection, events);
            rawPace.was(rate);
            return { rate, detail: { events } };
          },
        },
      };
    }),
};

/** Longer turns tell no more of a reader, and would have to be filled first. */
const MAX_RAW_EVENTS = 200_000;

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

/** From its checkpoint to a sequence, or a little beyond; the time counts from its first fetch on. */
async function consumeUpTo(writer: CatalogWriter, connection: LogConnection, goal: number) {
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
    rate = await promise;
  } finally {
    // A batch in hand is finished, and counted where the next turn begins.
    await running.stop();
    stopping.abort();
  }
  return { rate, events, batches, sequence };
}

/** The client's own ordered consumer, from the first event on. */
async function readRaw({ nats }: LogConnection, events: number): Promise<number> {
  const ordered = await jetstream(nats).consumers.get(ORDERS.name);
  const messages = await ordered.consume({ max_messages: 1_000 });
  const startedMs = performance.now();
  let read = 0;
  for await (const _ of messages) if (++read >= events) break;
  await messages.close();
  return rateSince(read, startedMs);
}
