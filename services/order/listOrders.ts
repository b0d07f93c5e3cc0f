/**
 * Orders by customer, status and time, from the aggregates: which orders there are is read from an index of `orders`, what
 * each of them is from the store. Whether an order has one of the statuses asked for, only its state tells: rows that hold
 * it are passed over in the database, others are folded first.
 */
import { sql } from 'kysely';
import type { Tx } from '../../platform/database.ts';
import { issueCursor, type Place, type Question, readCursor } from '../../platform/grpc/pageCursor.ts';
import {
  ListOrdersRequest,
  type ListOrdersResponse,
  type Order as OrderMessage,
} from '../../proto/gen/orderlog/order/v1/order_service.ts';
import type { OrderStatus } from '../../proto/gen/orderlog/order/v1/types.ts';
import { holdsState, type OrderStore, orderTables } from './store.ts';
import { orderMessage, statusNames, statusOf } from './view.ts';

interface Lists {
  readonly db: Tx;
  readonly store: OrderStore;
  /** Signs page tokens. */
  readonly key: Uint8Array;
  /** Whose orders alone are told of; undefined: all customers'. */
  readonly owner: string | undefined;
}

const DEFAULT_PAGE_SIZE = 20;
/** Rows that one call looks at, at most: where few have the status asked for, the page ends there and the next goes on. */
const MAX_SCANNED_ROWS = 1_000;
/** Folded at once. */
const CHUNK_ROWS = 200;

interface Head {
  order_id: string;
  created_at: Date;
  /** Its status may be one of those asked for. */
  matches: boolean;
}

/** Throws OrderlogError INVALID_ARGUMENT for a page token that is none of this question. */
export async function listOrders(lists: Lists, request: ListOrdersRequest): Promise<ListOrdersResponse> {
  const { key } = lists;
  const { statuses } = request;
  const question = questionOf(request);
  const place = readCursor(key, question, request.pageToken);
  const size = request.pageSize || DEFAULT_PAGE_SIZE;
  const limit = statuses.length > 0 ? MAX_SCANNED_ROWS : size + 1;
  const heads = await readHeads(lists, request, place, limit);
  const orders: OrderMessage[] = [];
  let last: Head | undefined;
  const page = (isLast: boolean): ListOrdersResponse => ({
    orders,
    nextPageToken: isLast || !last ? '' : issueCursor(key, question, placeOf(last)),
  });
  for (const chunk of chunksOf(heads, statuses.length > 0 ? CHUNK_ROWS : size)) {
    if (orders.length === size) return page(false);
    const found = await readMatching(lists, chunk, statuses);
    for (const head of chunk) {
      if (orders.length === size) return page(false);
      last = head;
      const order = found.get(head.order_id);
      if (order) orders.push(order);
    }
  }
  return page(heads.length < limit);
}

/** The question without what may differ from page to page. */
const questionOf = (request: ListOrdersRequest): Question => ({
  list: 'order/orders',
  asked: ListOrdersRequest.encode({ ...request, pageSize: 0, pageToken: '' }).finish(),
});

const placeOf = ({ created_at, order_id }: Head): Place => [created_at.toISOString(), order_id];

/** By time of creation, and orders of the same time by id. */
async function readHeads(
  { db, store, owner }: Lists,
  request: ListOrdersRequest,
  place: Place | undefined,
  limit: number,
): Promise<readonly Head[]> {
  const { customerId, statuses, createdAfter, createdBefore, oldestFirst } = request;
  const conditions = [
    sql`created_at is not null`,
    ...(customerId === '' ? [] : [sql`customer_id = ${customerId}`]),
    ...(owner === undefined ? [] : [sql`customer_id = ${owner}`]),
    ...(createdAfter ? [sql`created_at >= ${createdAfter}`] : []),
    ...(createdBefore ? [sql`created_at < ${createdBefore}`] : []),
    ...(place ? [beyond(place, oldestFirst)] : []),
  ];
  const names = statuses.flatMap(statusNames);
  const isOther = sql`${holdsState} and status <> all(${names}::text[])`;
  const matches = store === 'state' && statuses.length > 0 ? sql`not (${isOther})` : sql`true`;
  const direction = oldestFirst ? sql`asc` : sql`desc`;
  const { rows } = await sql<Head>`
    select order_id, created_at, ${matches} as matches from orders
    where ${sql.join(conditions, sql` and `)}
    order by created_at ${direction}, order_id ${direction} limit ${limit}`.execute(db);
  return rows;
}

function beyond([createdAt, orderId]: Place, oldestFirst: boolean) {
  const place = sql`(${createdAt}::timestamptz, ${orderId}::uuid)`;
  return oldestFirst ? sql`(created_at, order_id) > ${place}` : sql`(created_at, order_id) < ${place}`;
}

async function readMatching(
  { db, store }: Lists,
  heads: readonly Head[],
  statuses: readonly OrderStatus[],
): Promise<ReadonlyMap<string, OrderMessage>> {
  const wanted = heads.filter(({ matches }) => matches).map(({ order_id }) => order_id);
  const found = await orderTables[store].read(db, wanted);
  return new Map(
    [...found].flatMap(([orderId, { state, version }]) => {
      const order = state.status === 'unreadable' ? state.order : state;
      const hasStatus = statuses.length === 0 || statuses.includes(statusOf(order));
      return order.status === 'none' || !hasStatus ? [] : [[orderId, orderMessage(order, version)]];
    }),
  );
}

function* chunksOf<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}
