/**
 * One search request, which tells besides the hits what state of the index it saw: the projector's checkpoint and the sought
 * order are aggregated over the same documents. The index has one shard, and the checkpoint is written after what it covers:
 * all events up to a checkpoint that is seen are seen.
 */
import { createHash } from 'node:crypto';
import type { estypes } from '@elastic/elasticsearch';
import type { Elasticsearch } from '../../platform/elasticsearch/client.ts';
import type { ReadOptions } from '../../platform/elasticsearch/readModel.ts';
import { OrderlogError } from '../../platform/errors.ts';
import type { ModelCheckpoint } from '../../platform/modelCheckpoint.ts';
import { OrderStatus } from '../../proto/gen/orderlog/order/v1/types.ts';
import { OrderView } from '../../proto/gen/orderlog/query/v1/query_service.ts';
import type { FoundOrders, SearchPage } from './orderReadModel.ts';
import type { SortedFields } from './orderSearch.ts';

/** Beyond it Elasticsearch may leave off counting. */
export const MAX_TOTAL = 10_000;
const STATUS_COUNT = Object.keys(OrderStatus).length;

type Document = SortedFields & { readonly view: unknown };

interface Aggregations {
  readonly statuses: estypes.AggregationsStringTermsAggregate;
  readonly checkpoint: { readonly all: { readonly head: estypes.AggregationsTopHitsAggregate } };
  readonly sought?: { readonly all: { readonly version: estypes.AggregationsMaxAggregate } };
}

export const nothingFound: FoundOrders = {
  orders: [],
  total: 0,
  statusCounts: new Map(),
  sequence: 0,
  soughtVersion: 0,
};

/** Throws OrderlogError DEADLINE_EXCEEDED, or what the client throws. */
export async function searchIndex(
  es: Elasticsearch,
  alias: string,
  page: SearchPage,
  { timeoutMs, signal }: ReadOptions,
): Promise<FoundOrders> {
  const answer = await es.search<Document, Aggregations>(
    { index: alias, ...requestOf(page), timeout: `${Math.ceil(timeoutMs)}ms` },
    { requestTimeout: timeoutMs, ...(signal && { signal }) },
  );
  // What was found until then is not what was asked for.
  if (answer.timed_out) throw tookTooLong();
  const { statuses, checkpoint, sought } = answer.aggregations ?? {};
  const buckets = (statuses?.buckets ?? []) as readonly estypes.AggregationsStringTermsBucket[];
  const head = checkpoint?.all.head.hits.hits[0]?._source as { checkpoint: ModelCheckpoint } | undefined;
  const total = answer.hits.total;
  return {
    orders: answer.hits.hits.flatMap(({ _source, sort }) =>
      _source
        ? [{ view: OrderView.fromJSON(_source.view), place: page.search.placeOf(_source, sort?.[0]) }]
        : [],
    ),
    total: typeof total === 'number' ? total : (total?.value ?? 0),
    statusCounts: new Map(buckets.map(({ key, doc_count }) => [String(key), doc_count])),
    sequence: head?.checkpoint.sequence ?? 0,
    soughtVersion: sought?.all.version.value ?? 0,
  };
}

function requestOf({ search, size, after, seek }: SearchPage): estypes.SearchRequest {
  const { query, postFilter, sort } = search;
  return {
    // Pages of one question from one copy of the shard; copies are refreshed at different times.
    preference: preferenceOf(search),
    query,
    ...(postFilter && { post_filter: postFilter }),
    sort,
    size,
    ...(after && { search_after: [...after] }),
    track_total_hits: MAX_TOTAL,
    allow_partial_search_results: false,
    _source: ['view', 'orderId', 'createTime', 'totalMinor', 'currency'],
    aggregations: {
      statuses: { terms: { field: 'status', size: STATUS_COUNT } },
      checkpoint: everywhere(
        { term: { kind: 'checkpoint' } },
        { head: { top_hits: { size: 1, _source: ['checkpoint'] } } },
      ),
      ...(seek !== undefined && {
        sought: everywhere({ term: { orderId: seek } }, { version: { max: { field: 'version' } } }),
      }),
    },
  };
}

/** Over all documents of the index, whatever is searched for. */
const everywhere = (
  filter: estypes.QueryDslQueryContainer,
  aggregations: Record<string, estypes.AggregationsAggregationContainer>,
): estypes.AggregationsAggregationContainer => ({
  global: {},
  aggregations: { all: { filter, aggregations } },
});

const preferenceOf = ({ query, sort }: SearchPage['search']): string =>
  `orders-${createHash('sha256')
    .update(JSON.stringify([query, sort]))
    .digest('hex')}`;

const tookTooLong = (): OrderlogError =>
  new OrderlogError(
    'DEADLINE_EXCEEDED',
    'SEARCH_TOO_SLOW',
    'the search did not end within its time: allow more, or ask for less',
  );
