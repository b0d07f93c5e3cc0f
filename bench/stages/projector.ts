/**
 * Events a second while the order projection catches up from the log, read and written, against raw bulk requests of such documents,
 * counted as the events that lead to them: writing an order more often is work, and no merit.
 */
import type { Elasticsearch } from '../../platform/elasticsearch/client.ts';
import type { LogConnection } from '../../platform/log/connection.ts';
import { openFeed } from '../../projector/engine/feed.ts';
import { liveDocumentTarget } from '../../projector/engine/liveDocuments.ts';
import type { Target } from '../../projector/engine/target.ts';
import { ordersIndex } from '../../projector/orders/mapping.ts';
import type { Comparison } from '../bench/measure.ts';
import { round } from '../compare/quantiles.ts';
import {
  assertOrders,
  bestAtOnce,
  createOrdersIndex,
  madeDocuments,
  projection,
  writeBulks,
} from './documents.ts';
import { type OrdersLog, ordersLog } from './ordersLog.ts';
import { createPace, GIVE_UP_MS, rateSince } from './pace.ts';
import { prepared } from './prepared.ts';
import { elasticsearchOf, natsOf, silent } from './servers.ts';
import { EVENTS_AN_ORDER } from './stories.ts';

/** Orders a second, before anything is known. */
const GUESS = 1_500;
const RAW_INDEX = 'raw';

export const projector: Comparison = {
  id: 'projector',
  title: 'The order projection catching up from the log, against raw bulk requests of its documents',
  target: 0.5,
  prepare: (context) =>
    prepared(async (ending) => {
      const { es } = await elasticsearchOf(context, ending);
      const { connection } = await natsOf(context, ending);
      const { signal } = context;
      const log = await ordersLog(connection, context.say);
      const atOnce = await bestAtOnce(es, context);
      await createOrdersIndex(es, RAW_INDEX);
      const [pace, rawPace] = [createPace(GUESS), createPace(GUESS)];
      let written = 0;
      return {
        subject: {
          name: 'projector',
          unit: 'events/s',
          async run(seconds) {
            await log.growTo(log.last() + pace.amount(seconds) * EVENTS_AN_ORDER);
            const { documents, events, seconds: took } = await catchUp(es, log, { connection, signal });
            const orders = events / EVENTS_AN_ORDER;
            pace.was(orders / took);
            const all = log.last() / EVENTS_AN_ORDER;
            await assertOrders('the projection', es, { index: ordersIndex.alias, orders: all });
            return {
              rate: events / took,
              detail: { events, documents, 'documents an order': round(documents / orders) },
            };
          },
        },
        reference: {
          name: 'raw bulk',
          unit: 'events/s',
          async run(seconds) {
            const documents = await madeDocuments(rawPace.amount(seconds));
            const startedMs = performance.now();
            await writeBulks(es, RAW_INDEX, { documents, atOnce });
            const orders = rateSince(documents.length, startedMs);
            rawPace.was(orders);
            written += documents.length;
            await assertOrders('raw bulk', es, { index: RAW_INDEX, orders: written });
            return {
              rate: orders * EVENTS_AN_ORDER,
              detail: { documents: documents.length, 'requests at once': atOnce },
            };
          },
        },
      };
    }),
};

interface CatchingUp {
  readonly connection: LogConnection;
  readonly signal: AbortSignal;
}

/** From the checkpoint until that is at the log's end. */
export async function catchUp(es: Elasticsearch, log: OrdersLog, { connection, signal }: CatchingUp) {
  let documents = 0;
  const target = counting(
    liveDocumentTarget(projection, { es, logger: silent, writer: 'bench' }),
    (count) => {
      documents += count;
    },
  );
  const over = AbortSignal.any([signal, AbortSignal.timeout(GIVE_UP_MS)]);
  const feed = await openFeed({ connection, logger: silent, signal: over }, { projection, target });
  try {
    const [startedMs, from] = [performance.now(), feed.sequence()];
    while (feed.sequence() < log.last()) {
      over.throwIfAborted();
      await feed.next(feed.writeDueMs());
    }
    const seconds = (performance.now() - startedMs) / 1_000;
    return { documents, events: feed.sequence() - from, seconds };
  } catch (error) {
    if (!over.aborted || signal.aborted) throw error;
    throw new Error(`the projection has not caught up after ${GIVE_UP_MS / 1_000} s`, { cause: error });
  } finally {
    await feed.close();
  }
}

/** The same target, and how many documents each commit has written. */
const counting = <S>(target: Target<S>, count: (documents: number) => void): Target<S> => ({
  ...target,
  async open(firstEpoch, signal) {
    const open = await target.open(firstEpoch, signal);
    return {
      ...open,
      stage(batch) {
        const commit = open.stage(batch);
        return async (to) => {
          await commit(to);
          count(batch.changed.size);
        };
      },
    };
  },
});
