/** The order read model, as the projector writes it (projector/orders): by id in realtime, and by searches. */
import { type Elasticsearch, isIndexMissing } from '../../platform/elasticsearch/client.ts';
import {
  ReadModelMissing,
  type ReadOptions,
  readCheckpoint,
  readDocument,
} from '../../platform/elasticsearch/readModel.ts';
import type { Place } from '../../platform/grpc/pageCursor.ts';
import { within } from '../../platform/wait.ts';
import { OrderView } from '../../proto/gen/orderlog/query/v1/query_service.ts';
import type { Arrivals } from './arrivals.ts';
import { coalesce } from './coalesce.ts';
import type { VersionedModel } from './freshness.ts';
import { createGuard, type Guard } from './guard.ts';
import type { OrderSearch } from './orderSearch.ts';
import { nothingFound, searchIndex } from './searchIndex.ts';

/** An order as it was projected. */
export interface ProjectedOrder {
  readonly view: OrderView;
  readonly version: number;
  /** The sequence in stream ORDERS up to which the log had been read when this was written. */
  readonly sequence: number;
}

export interface SearchPage {
  readonly search: OrderSearch;
  readonly size: number;
  /** Where the page before ended. */
  readonly after: Place | undefined;
  /** An order whose version in the same state of the index is to be told. */
  readonly seek?: string;
}

export interface FoundOrders {
  readonly orders: readonly { readonly view: OrderView; readonly place: Place }[];
  /** How many match; MAX_TOTAL stands for more as well. */
  readonly total: number;
  /** By status, as JSON names it. */
  readonly statusCounts: ReadonlyMap<string, number>;
  /** The sequence in stream ORDERS up to which all was in the state of the index that was searched. */
  readonly sequence: number;
  /** 0: the order that was sought is not in it, or none was. */
  readonly soughtVersion: number;
}

export interface OrderReadModel extends VersionedModel<ProjectedOrder> {
  /** Throws OrderlogError UNAVAILABLE, or DEADLINE_EXCEEDED. */
  search(page: SearchPage, options: ReadOptions): Promise<FoundOrders>;
  /** Afterwards searches find what was written before; one refresh for all who ask at once. */
  refresh(options: ReadOptions): Promise<void>;
}

/** What the projector keeps pointed at the index that is to be read. */
export const ORDERS_ALIAS = 'orders';
const REFRESH_TIMEOUT_MS = 5_000;

export function openOrderReadModel(
  es: Elasticsearch,
  alias = ORDERS_ALIAS,
  guard: Guard = createGuard(),
  arrivals?: Arrivals,
): OrderReadModel {
  const asked = <T>(options: ReadOptions, read: () => Promise<T>) =>
    guard.read(options, () => orNothing(read));
  // Not bounded by the deadline of him who happens to ask first.
  const refresh = coalesce(async () => {
    const request = () => es.indices.refresh({ index: alias }, { requestTimeout: REFRESH_TIMEOUT_MS });
    await asked({ timeoutMs: REFRESH_TIMEOUT_MS }, request);
  });
  return {
    ...(arrivals && { arrivals }),
    async read(orderId, options) {
      const document = await asked(options, () =>
        readDocument<{ readonly view: unknown }>(es, alias, orderId, options),
      );
      if (!document) return undefined;
      const { view, version, sequence } = document;
      return { view: OrderView.fromJSON(view), version, sequence };
    },
    async progress(options) {
      const found = await asked(options, () => readCheckpoint(es, alias, options));
      return found?.checkpoint.sequence ?? 0;
    },
    search: async (page, options) =>
      (await asked(options, () => searchIndex(es, alias, page, options))) ?? nothingFound,
    // Whatever becomes of it.
    refresh: ({ timeoutMs, signal }) => within(timeoutMs, refresh(), () => undefined, signal),
  };
}

/** Before the first start of the projector nothing is projected. */
async function orNothing<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ReadModelMissing || isIndexMissing(error)) return undefined;
    throw error;
  }
}
