/**
 * The order document: `view` is the protobuf JSON of orderlog.query.v1.OrderView, which readers answer with; the fields
 * beside it are for search and sort only, and never read back.
 */
import { amountOf } from '../../platform/money.ts';
import type { Money } from '../../proto/gen/google/type/money.ts';
import { orderStatusToJSON } from '../../proto/gen/orderlog/order/v1/types.ts';
import { OrderView } from '../../proto/gen/orderlog/query/v1/query_service.ts';

export interface OrderDocument {
  /** JSON of OrderView: stored, not indexed. */
  readonly view: unknown;
  readonly orderId: string;
  readonly customerId: string;
  /** ORDER_STATUS_COMPLETED and so on. */
  readonly status: string;
  readonly skus: readonly string[];
  /** What a person may type to find the order: item names, SKUs, the customer. */
  readonly text: readonly string[];
  /** Minor units in decimal (they may exceed 2^53); unset until reserved. */
  readonly totalMinor?: string;
  /** ISO 4217. */
  readonly currency?: string;
  /** RFC 3339. */
  readonly createTime?: string;
  readonly updateTime?: string;
}

const distinct = (values: readonly string[]): string[] =>
  [...new Set(values)].filter((value) => value !== '');

export function toDocument(view: OrderView): OrderDocument {
  const skus = distinct(view.lines.map((line) => line.sku));
  const names = view.lines.map((line) => line.name);
  return {
    view: OrderView.toJSON(view),
    orderId: view.orderId,
    customerId: view.customerId,
    status: orderStatusToJSON(view.status),
    skus,
    text: distinct([...names, ...skus, view.customerId]),
    ...(view.total && sortableTotal(view.total)),
    ...(view.createTime && { createTime: view.createTime.toISOString() }),
    ...(view.updateTime && { updateTime: view.updateTime.toISOString() }),
  };
}

function sortableTotal(total: Money): Pick<OrderDocument, 'totalMinor' | 'currency'> {
  const { minor, currency } = amountOf(total, 'total');
  return { totalMinor: minor.toString(), currency };
}

export const fromDocument = (document: OrderDocument): OrderView => OrderView.fromJSON(document.view);
