/** One read of each kind through the gateway, and what came of many. */
import { OrderlogError } from '../../platform/errors.ts';
import { OrderStatus } from '../../proto/gen/orderlog/order/v1/types.ts';
import { OrderSort } from '../../proto/gen/orderlog/query/v1/query_service.ts';
import type { Bed } from './bed.ts';
import type { ReadFigures } from './figures.ts';
import { openLoop } from './openLoop.ts';
import { quantilesOf } from './quantiles.ts';
import { customerOf, ITEMS, READ_KINDS, type ReadKind, spread } from './workload.ts';

const PAGE_SIZE = 20;
const noSearch = {
  query: '',
  statuses: [],
  customerId: '',
  createdAfter: undefined,
  createdBefore: undefined,
  minTotal: undefined,
  maxTotal: undefined,
  sort: OrderSort.ORDER_SORT_UNSPECIFIED,
  pageSize: PAGE_SIZE,
  pageToken: '',
  consistencyToken: '',
};

/** `known`: orders that there are. */
export function read({ query }: Bed, kind: ReadKind, n: number, known: readonly string[]): Promise<unknown> {
  const at = spread(n, 1_000_003);
  switch (kind) {
    case 'byId':
      return query.getOrder({ orderId: known[at % known.length] ?? '', consistencyToken: '' });
    case 'list':
      return query.listCustomerOrders({
        customerId: customerOf(at),
        pageSize: PAGE_SIZE,
        pageToken: '',
        consistencyToken: '',
      });
    case 'filter':
      return query.searchOrders({
        ...noSearch,
        statuses: [OrderStatus.ORDER_STATUS_CANCELLED, OrderStatus.ORDER_STATUS_REJECTED],
        createdBefore: new Date(),
      });
    case 'text': {
      const sku = ITEMS[at % ITEMS.length] ?? '';
      return query.searchOrders({ ...noSearch, query: sku.slice(sku.indexOf('-') + 1).toLowerCase() });
    }
    default:
      kind satisfies never;
      throw new Error(`no read ${kind}`);
  }
}

/** What a configuration cannot answer, it says. */
const CANNOT = ['UNIMPLEMENTED', 'FAILED_PRECONDITION', 'INVALID_ARGUMENT'];

export interface Reads {
  /** Reads of all kinds by the clock. */
  run(seconds: number): Promise<void>;
  figures(): Readonly<Record<ReadKind, ReadFigures>>;
}

/** Kinds that cannot be answered are asked once, and then left out. */
export function createReads(bed: Bed, known: readonly string[]): Reads {
  const latencies: Record<ReadKind, number[]> = { byId: [], list: [], filter: [], text: [] };
  const failed: Record<ReadKind, number> = { byId: 0, list: 0, filter: 0, text: 0 };
  const refusals: Partial<Record<ReadKind, string>> = {};
  let asked = 0;

  async function one(kind: ReadKind, dueMs: number): Promise<void> {
    if (refusals[kind] !== undefined) return;
    try {
      await read(bed, kind, asked++, known);
    } catch (error) {
      if (!(error instanceof OrderlogError)) throw error;
      if (CANNOT.includes(error.code)) {
        refusals[kind] = error.message;
        return;
      }
      failed[kind]++;
    }
    latencies[kind].push(performance.now() - dueMs);
  }

  const figuresOf = (kind: ReadKind): ReadFigures => {
    const refusal = refusals[kind];
    const latency = quantilesOf(latencies[kind]);
    const counts = { asked: latencies[kind].length, failed: failed[kind] };
    return { ...counts, latency, ...(refusal === undefined ? {} : { refusal }) };
  };
  return {
    async run(seconds) {
      const loops = READ_KINDS.map((kind) =>
        openLoop({ perSecond: bed.plan.readsPerSecond[kind], seconds }, (_, dueMs) => one(kind, dueMs)),
      );
      await Promise.all(loops);
    },
    figures: () => ({
      byId: figuresOf('byId'),
      list: figuresOf('list'),
      filter: figuresOf('filter'),
      text: figuresOf('text'),
    }),
  };
}
