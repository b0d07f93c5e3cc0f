/** Documents a second while the order projection catches up from the log, against raw bulk requests of such documents. */

import type { Elasticsearch } from '../../platform/elasticsearch/client.ts';
import type { LogConnection } from '../../platform/log/connection.ts';
import { openFeed } from '../../projector/engine/feed.ts';
import { liveDocumentTarget } from '../../projector/engine/liveDocuments.ts';
import type { Target } from '../../projector/engine/target.ts';
import type { Comparison } from '../bench/measure.ts';
import { createOrdersIndex, madeDocuments, projection, writeBulks } from './documents.ts';
import { type OrdersLog, ordersLog } from './ordersLog.ts';
import { createPace, rateSince } from './pace.ts';
import { prepared } from './prepared.ts';
import { elasticsearchOf, natsOf, silent } from './servers.ts';
import { EVENTS_AN_ORDER } from './stories.ts';

/** Documents a second, before anything is known. */
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
      const log = await ordersLog(connection, context.say);
      await createOrdersIndex(es, RAW_INDEX);
      const [pace, rawPace] = [createPace(GUESS), createPace(GUESS)];
      return {
        subject: {
          name: 'projector',
          unit: 'documents/s',
          async run(seconds) {
            await log.growTo(log.last() + pace.amount(seconds) * EVENTS_AN_ORDER);
            const { documents, events, seconds: took } = await catchUp(es, connection, log);
            pace.was(events / EVENTS_AN_ORDER / took);
            return { rate: documents / took, detail: { documents, events, 'events/s': events / took } };
          },
        },
        reference: {
          name: 'raw bulk',
          unit: 'documents/s',
          async run(seconds) {
            const documents = await madeDocuments(rawPace.amount(seconds));
            const startedMs = performance.now();
            await writeBulks(es, RAW_INDEX, documents);
            const rate = rateSince(documents.length, startedMs);
            rawPace.was(rate);
            return { rate, detail: { documents: documents.length } };
          },
        },
      };
    }),
};

/** From the checkpoint to the log's end. */
export async function catchUp(es: Elasticsearch, connection: LogConnection, log: OrdersLog) {
  let documents = 0;
  const target = counting(
    liveDocumentTarget(projection, { es, logger: silent, writer: 'bench' }),
    (count) => {
      documents += count;
    },
  );
  const { signal } = new AbortController();
  const feed = await openFeed({ connection, logger: silent, signal }, { projection, target });
  try {
    const [startedMs, from] = [performance.now(), feed.sequence()];
    while (feed.sequence() < log.last()) await feed.next(feed.writeDueMs());
    const seconds = (performance.now() - startedMs) / 1_000;
    return { documents, events: log.last() - from, seconds };
  } finally {
    await feed.close();
  }
}

/** The same target, and how many documents each commit writes. */
const counting = <S>(target: Target<S>, count: (documents: number) => void): Target<S> => ({
  ...target,
  async open(firstEpoch, signal) {
    const open = await target.open(firstEpoch, signal);
    return {
      ...open,
      stage(batch) {
        count(batch.changed.size);
        return open.stage(batch);
      },
    };
  },
});
