/**
 * A search as Elasticsearch understands it, made of the fields of a request. Pure. What a person typed is only ever a value
 * that is analyzed as text or compared: it never reaches a parser of queries.
 *
 * Every sort is a total order with the order's id last, by values that a document has by itself, so that a page can be read
 * on from the last document of the one before: scores are sums of fixed weights and not of how often words occur elsewhere.
 */
import type { estypes } from '@elastic/elasticsearch';
import { OrderlogError } from '../../platform/errors.ts';
import type { Place } from '../../platform/grpc/pageCursor.ts';
import { type Amount, amountOf } from '../../platform/money.ts';
import { orderStatusToJSON } from '../../proto/gen/orderlog/order/v1/types.ts';
import { OrderSort, type SearchOrdersRequest } from '../../proto/gen/orderlog/query/v1/query_service.ts';

export type SearchFields = Omit<SearchOrdersRequest, 'pageSize' | 'pageToken' | 'consistencyToken'>;

/** What a found document says of its place in a sort. */
export interface SortedFields {
  readonly orderId: string;
  readonly createTime?: string;
  /** Minor units in decimal: they may exceed what a JSON number holds. */
  readonly totalMinor?: string;
  readonly currency?: string;
}

export interface OrderSearch {
  readonly query: estypes.QueryDslQueryContainer;
  /** Applied after the counts by status were taken. */
  readonly postFilter: estypes.QueryDslQueryContainer | undefined;
  readonly sort: estypes.SortCombinations[];
  /** `first` is what Elasticsearch sorted the document by first. */
  placeOf(fields: SortedFields, first: estypes.FieldValue | undefined): Place;
}

type Filter = estypes.QueryDslQueryContainer;

/** More words than this need not match a SKU or a customer as a whole. */
const MAX_EXACT_WORDS = 10;
const [BEGINS_WEIGHT, WORDS_WEIGHT, EXACT_WEIGHT] = [1, 2, 4];
/** Sorts behind every currency. */
const NO_CURRENCY = '~';
const [LONG_MIN, LONG_MAX] = ['-9223372036854775808', '9223372036854775807'];

/**
 * `owner`: whose orders alone can be found; undefined: all customers'. Throws OrderlogError INVALID_ARGUMENT, naming the field, for
 * what cannot be asked together.
 */
export function orderSearch(request: SearchFields, owner: string | undefined): OrderSearch {
  const { query, statuses, customerId } = request;
  const isRanked = request.sort === OrderSort.ORDER_SORT_RELEVANCE;
  if (isRanked && query.trim() === '') throw wrong('sort', 'by relevance needs a query');
  const filter: Filter[] = [
    { term: { kind: 'document' } },
    ...(customerId === '' ? [] : [{ term: { customerId } }]),
    ...(owner === undefined ? [] : [{ term: { customerId: owner } }]),
    ...createdWithin(request),
    ...totalWithin(request),
  ];
  return {
    query: { bool: { filter, ...(query.trim() !== '' && textMatch(query, isRanked)) } },
    postFilter: statuses.length > 0 ? { terms: { status: statuses.map(orderStatusToJSON) } } : undefined,
    ...sorts[request.sort](),
  };
}

/** All words, the last of them perhaps a beginning; where they are ranked, whole words and exact ids count for more. */
function textMatch(query: string, isRanked: boolean): Pick<estypes.QueryDslBoolQuery, 'must' | 'should'> {
  const weighted = (filter: Filter, boost: number): Filter => ({ constant_score: { filter, boost } });
  const must = weighted({ match_bool_prefix: { text: { query, operator: 'and' } } }, BEGINS_WEIGHT);
  if (!isRanked) return { must };
  const words = query.trim().split(/\s+/).slice(0, MAX_EXACT_WORDS);
  const exact = words.flatMap((value): Filter[] =>
    ['skus', 'customerId'].map((field) => ({ term: { [field]: { value, case_insensitive: true } } })),
  );
  return {
    must,
    should: [
      weighted({ match: { text: { query, operator: 'and' } } }, WORDS_WEIGHT),
      weighted({ bool: { should: exact } }, EXACT_WEIGHT),
    ],
  };
}

function createdWithin({ createdAfter, createdBefore }: SearchFields): Filter[] {
  if (!createdAfter && !createdBefore) return [];
  if (createdAfter && createdBefore && createdBefore <= createdAfter) {
    throw wrong('created_before', 'must be later than created_after');
  }
  const range = {
    ...(createdAfter && { gte: createdAfter.toISOString() }),
    ...(createdBefore && { lt: createdBefore.toISOString() }),
  };
  return [{ range: { createTime: range } }];
}

function totalWithin({ minTotal, maxTotal }: SearchFields): Filter[] {
  const min = minTotal && amountOf(minTotal, 'min_total');
  const max = maxTotal && amountOf(maxTotal, 'max_total');
  const currency = (min ?? max)?.currency;
  if (currency === undefined) return [];
  if (min && max && min.currency !== max.currency)
    throw wrong('max_total', 'must be in the currency of min_total');
  if (min && max && max.minor < min.minor) throw wrong('max_total', 'must not be below min_total');
  const text = (amount: Amount) => amount.minor.toString();
  const range = { ...(min && { gte: text(min) }), ...(max && { lte: text(max) }) };
  return [{ term: { currency } }, { range: { totalMinor: range } }];
}

type Sort = Pick<OrderSearch, 'sort' | 'placeOf'>;

const byCreation = (order: 'asc' | 'desc') => (): Sort => ({
  sort: [{ createTime: order }, { orderId: order }],
  placeOf: ({ createTime, orderId }) => [millisOf(createTime), orderId],
});

/** Amounts of different currencies cannot be compared: by currency first. Exact, as texts, beyond 2^53 too. */
const byTotal = (order: 'asc' | 'desc') => (): Sort => ({
  sort: [
    { currency: { order: 'asc', missing: NO_CURRENCY } },
    { totalMinor: { order, missing: '_last' } },
    { orderId: order },
  ],
  placeOf: ({ currency = NO_CURRENCY, totalMinor = order === 'asc' ? LONG_MAX : LONG_MIN, orderId }) => [
    currency,
    totalMinor,
    orderId,
  ],
});

const byRelevance = (): Sort => ({
  sort: [{ _score: { order: 'desc' } }, { createTime: 'desc' }, { orderId: 'desc' }],
  placeOf: ({ createTime, orderId }, score) => [Number(score ?? 0), millisOf(createTime), orderId],
});

const millisOf = (time: string | undefined): number => (time === undefined ? 0 : Date.parse(time));

const sorts: Readonly<Record<OrderSort, () => Sort>> = {
  [OrderSort.ORDER_SORT_UNSPECIFIED]: byCreation('desc'),
  [OrderSort.ORDER_SORT_CREATED_DESC]: byCreation('desc'),
  [OrderSort.ORDER_SORT_CREATED_ASC]: byCreation('asc'),
  [OrderSort.ORDER_SORT_TOTAL_DESC]: byTotal('desc'),
  [OrderSort.ORDER_SORT_TOTAL_ASC]: byTotal('asc'),
  [OrderSort.ORDER_SORT_RELEVANCE]: byRelevance,
  [OrderSort.UNRECOGNIZED]: byCreation('desc'),
};

function wrong(field: string, description: string): OrderlogError {
  return new OrderlogError('INVALID_ARGUMENT', 'INVALID_FIELD', `${field} ${description}`, {
    violations: [{ field, description }],
  });
}
