/** An Order service with one order, which happens as a test says. */
import { OrderlogError } from '../../platform/errors.ts';
import { historyView } from '../../platform/grpc/eventView.ts';
import type { LogMessage } from '../../platform/log/headers.ts';
import {
  type GetOrderHistoryRequest,
  type GetOrderRequest,
  Order,
} from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { CancellationReason, OrderStatus } from '../../proto/gen/orderlog/order/v1/types.ts';
import { messageOf } from './feedDouble.testing.ts';

export const ORDER_ID = '6a2f6c1e-58a7-5b0a-9d5c-3c1f4b8f9a10';

const STATUSES: Readonly<Record<string, OrderStatus>> = {
  OrderCreated: OrderStatus.ORDER_STATUS_PENDING,
  OrderItemsReserved: OrderStatus.ORDER_STATUS_RESERVED,
  OrderCompleted: OrderStatus.ORDER_STATUS_COMPLETED,
  OrderRejected: OrderStatus.ORDER_STATUS_REJECTED,
  OrderRefunded: OrderStatus.ORDER_STATUS_REFUNDED,
};

export interface OrdersDouble {
  /** The order goes on; the messages are what the log will have. */
  happen(...types: readonly string[]): readonly LogMessage[];
  /** How often it was asked. */
  readonly asked: { orders: number; histories: number };
  /** So many calls fail first. */
  failures: number;
  getOrder(request: GetOrderRequest): Promise<{ order: Order }>;
  getOrderHistory(
    request: GetOrderHistoryRequest,
  ): Promise<{ events: ReturnType<typeof historyView>[]; nextPageToken: string }>;
}

export function ordersDouble(...types: readonly string[]): OrdersDouble {
  const messages: LogMessage[] = [];
  let status: OrderStatus = OrderStatus.ORDER_STATUS_UNSPECIFIED;
  let cancellationReason: CancellationReason = CancellationReason.CANCELLATION_REASON_UNSPECIFIED;
  const fail = () => {
    if (double.failures === 0) return;
    double.failures -= 1;
    throw new OrderlogError('UNAVAILABLE', 'TEST', 'not now');
  };
  const double: OrdersDouble = {
    asked: { orders: 0, histories: 0 },
    failures: 0,
    happen(...more) {
      const next = more.map((type, index) => messageOf(ORDER_ID, messages.length + index + 1, type));
      messages.push(...next);
      for (const type of more) {
        status = STATUSES[type] ?? status;
        if (type !== 'OrderCancellationRequested') continue;
        cancellationReason = CancellationReason.CANCELLATION_REASON_CUSTOMER_REQUEST;
      }
      return next;
    },
    async getOrder({ orderId }) {
      double.asked.orders += 1;
      fail();
      if (orderId !== ORDER_ID)
        throw new OrderlogError('NOT_FOUND', 'ORDER_NOT_FOUND', `no order ${orderId}`);
      const version = messages.length;
      return { order: Order.fromPartial({ orderId, status, cancellationReason, version }) };
    },
    async getOrderHistory({ pageToken }) {
      double.asked.histories += 1;
      fail();
      // Two a page.
      const from = Number(pageToken);
      const events = messages.slice(from, from + 2).map(historyView);
      return { events, nextPageToken: from + 2 < messages.length ? String(from + 2) : '' };
    },
  };
  double.happen(...types);
  return double;
}
