/** Documents of completed orders as the projector makes them, and raw bulk requests of them. */
import type { Elasticsearch } from '../../platform/elasticsearch/client.ts';
import { writeOf } from '../../projector/engine/documents.ts';
import { foldBatch } from '../../projector/engine/fold.ts';
import { createIndex } from '../../projector/engine/index.ts';
import { ordersIndex } from '../../projector/orders/mapping.ts';
import { ordersProjection } from '../../projector/orders/projection.ts';
import { ORDERS } from '../../proto/streams.ts';
import { EVENTS_AN_ORDER, stories } from './stories.ts';

export const BULK_DOCUMENTS = 1_000;

/** No order of a benchmark's log has a gap. */
const noHistory = { getOrderHistory: () => Promise.reject(new Error('nobody is to be asked')) };
export const projection = ordersProjection(noHistory);

export interface MadeDocument {
  readonly id: string;
  readonly version: number;
  /** JSON. */
  readonly body: string;
}

/** At least so many, each of an order of its own. */
export async function madeDocuments(atLeast: number): Promise<readonly MadeDocument[]> {
  const messages = [...stories(atLeast * EVENTS_AN_ORDER)].map((event, index) => ({
    ...event,
    stream: ORDERS.name,
    sequence: index + 1,
    subject: '',
    prev: 0,
    epoch: 1,
  }));
  const nothingStored = { cache: { get: () => undefined, delete() {} }, load: async () => new Map() };
  const { changed } = await foldBatch(projection, nothingStored, messages);
  return [...changed].map(([id, state]) => {
    const write = writeOf(projection, id, state, undefined);
    if ('reason' in write) throw new Error(write.reason);
    return { id, version: state.version, body: write.body };
  });
}

/** An index as the projector makes it. */
export const createOrdersIndex = (
  es: Elasticsearch,
  index: string,
  settings: typeof ordersIndex.settings = ordersIndex.settings,
): Promise<void> => createIndex(es, { ...ordersIndex, settings }, { index, alias: `${index}-read` });

/** One request after the other, one document an order, and nothing else. */
export async function writeBulks(
  es: Elasticsearch,
  index: string,
  documents: readonly MadeDocument[],
): Promise<void> {
  for (let from = 0; from < documents.length; from += BULK_DOCUMENTS) {
    const operations = documents
      .slice(from, from + BULK_DOCUMENTS)
      .flatMap(({ id, version, body }) => [
        { index: { _id: id, version, version_type: 'external' as const } },
        body,
      ]);
    const { errors } = await es.bulk({ index, operations });
    if (errors) throw new Error('a bulk request had errors');
  }
}
