/** The order read model, as the projector writes it (projector/orders): read by id, in realtime. */
import { type Elasticsearch, isElasticsearchDown } from '../../platform/elasticsearch/client.ts';
import {
  ReadModelMissing,
  type ReadOptions,
  readCheckpoint,
  readDocument,
} from '../../platform/elasticsearch/readModel.ts';
import { OrderlogError } from '../../platform/errors.ts';
import { OrderView } from '../../proto/gen/orderlog/query/v1/query_service.ts';

/** An order as it was projected. */
export interface ProjectedOrder {
  readonly view: OrderView;
  readonly version: number;
  /** The sequence in stream ORDERS up to which the log had been read when this was written. */
  readonly sequence: number;
}

export interface OrderReadModel {
  /** undefined: it has no such order (yet). Throws OrderlogError UNAVAILABLE. */
  read(orderId: string, options: ReadOptions): Promise<ProjectedOrder | undefined>;
  /** The sequence in stream ORDERS up to which all is projected. Throws OrderlogError UNAVAILABLE. */
  progress(options: ReadOptions): Promise<number>;
}

/** What the projector keeps pointed at the index that is to be read. */
export const ORDERS_ALIAS = 'orders';
const RETRY_AFTER_MS = 1_000;

export const openOrderReadModel = (es: Elasticsearch, alias = ORDERS_ALIAS): OrderReadModel => ({
  async read(orderId, options) {
    const document = await asked(() => readDocument<{ readonly view: unknown }>(es, alias, orderId, options));
    if (!document) return undefined;
    const { view, version, sequence } = document;
    return { view: OrderView.fromJSON(view), version, sequence };
  },
  async progress(options) {
    const found = await asked(() => readCheckpoint(es, alias, options));
    return found?.checkpoint.sequence ?? 0;
  },
});

async function asked<T>(read: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    // Before the first start of the projector: nothing is projected.
    if (error instanceof ReadModelMissing) return undefined;
    if (isElasticsearchDown(error)) throw unavailable(error);
    throw error;
  }
}

const unavailable = (cause: unknown): OrderlogError =>
  new OrderlogError(
    'UNAVAILABLE',
    'READ_MODEL_UNAVAILABLE',
    'the read model cannot be reached; orders are taken all the same, repeat the read later',
    { retryAfterMs: RETRY_AFTER_MS, cause },
  );
