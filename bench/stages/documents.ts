/** Documents of completed orders as the projector makes them, and raw bulk requests of them. */
import type { estypes } from '@elastic/elasticsearch';
import type { Elasticsearch } from '../../platform/elasticsearch/client.ts';
import { writeOf } from '../../projector/engine/documents.ts';
import { foldBatch } from '../../projector/engine/fold.ts';
import { createIndex } from '../../projector/engine/index.ts';
import { ordersIndex } from '../../projector/orders/mapping.ts';
import { ordersProjection } from '../../projector/orders/projection.ts';
import { ORDERS } from '../../proto/streams.ts';
import type { BenchContext } from '../bench/measure.ts';
import { assertCounts } from './counts.ts';
import { EVENTS_AN_ORDER, groups, stories } from './stories.ts';

const BULK_DOCUMENTS = 1_000;
/** Of raw bulk requests: as many at once are tried. The projector has two, since Elasticsearch takes those faster. */
export const AT_ONCE = [1, 2, 4] as const;
/** Documents of one trial. */
const [TRIAL_QUICK, TRIAL_FULL] = [8_000, 20_000];
const TRIAL_INDEX = 'trial';

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

/** One document an order, and nothing else; so many requests are under way at once. */
export async function writeBulks(
  es: Elasticsearch,
  index: string,
  { documents, atOnce }: { readonly documents: readonly MadeDocument[]; readonly atOnce: number },
): Promise<void> {
  // All take from the same: whichever has been answered writes what comes next.
  const bulks = groups(documents, BULK_DOCUMENTS);
  const lane = async () => {
    for (const bulk of bulks) await writeBulk(es, index, bulk);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}

async function writeBulk(
  es: Elasticsearch,
  index: string,
  documents: readonly MadeDocument[],
): Promise<void> {
  const operations = documents.flatMap(({ id, version, body }) => [
    { index: { _id: id, version, version_type: 'external' as const } },
    body,
  ]);
  const { errors } = await es.bulk({ index, operations });
  if (errors) throw new Error('a bulk request had errors');
}

/** How many raw requests at once this server takes best, into an index of those settings. */
export async function bestAtOnce(
  es: Elasticsearch,
  { quick, say }: Pick<BenchContext, 'quick' | 'say'>,
  settings?: typeof ordersIndex.settings,
): Promise<number> {
  const documents = await madeDocuments(quick ? TRIAL_QUICK : TRIAL_FULL);
  const tookMs = new Map<number, number>(AT_ONCE.map((atOnce) => [atOnce, 0]));
  // The first time they only warm up both sides; then there and back, since both go on to become faster.
  for (const [time, numbers] of [AT_ONCE, AT_ONCE, AT_ONCE.toReversed()].entries()) {
    for (const atOnce of numbers) {
      say(`trying ${atOnce} raw bulk requests at once`);
      await createOrdersIndex(es, TRIAL_INDEX, settings);
      const startedMs = performance.now();
      await writeBulks(es, TRIAL_INDEX, { documents, atOnce });
      const ms = performance.now() - startedMs;
      if (time > 0) tookMs.set(atOnce, (tookMs.get(atOnce) ?? 0) + ms);
      await es.indices.delete({ index: TRIAL_INDEX });
    }
  }
  const [best] = [...tookMs].reduce((quickest, each) => (each[1] < quickest[1] ? each : quickest));
  return best;
}

/** Throws unless an index has so many orders, all of them with their last event. */
export async function assertOrders(
  of: string,
  es: Elasticsearch,
  { index, orders }: { readonly index: string; readonly orders: number },
): Promise<void> {
  // What is written, and not yet to be found, would be missed.
  await es.indices.refresh({ index });
  const countOf = async (...filter: readonly estypes.QueryDslQueryContainer[]) => {
    const query = { bool: { filter: [{ term: { kind: 'document' } }, ...filter] } };
    return (await es.count({ index, query })).count;
  };
  const found = {
    documents: await countOf(),
    'at their last version': await countOf({ term: { version: EVENTS_AN_ORDER } }),
  };
  assertCounts(of, found, { documents: orders, 'at their last version': orders });
}
