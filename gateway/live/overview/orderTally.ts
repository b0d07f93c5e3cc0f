/** Which orders are in flight, and how others ended, as far as a stretch of the log tells: each is counted where it was heard of last. */
import type { StatusCount } from './document.ts';

export interface OrderTally {
  /** `type`: short name. */
  add(orderId: string, type: string): void;
  inFlight(): readonly StatusCount[];
  ended(): readonly StatusCount[];
  /** Something was missed: nobody knows what is in flight. */
  forgetInFlight(): void;
}

const IN_FLIGHT = ['PENDING', 'RESERVED', 'PAID', 'CANCELLING', 'NEEDS_REVIEW'] as const;
type InFlight = (typeof IN_FLIGHT)[number];

const ENDS = {
  OrderCompleted: 'COMPLETED',
  OrderRejected: 'REJECTED',
  OrderCancelled: 'CANCELLED',
  OrderRefunded: 'REFUNDED',
} as const;
type End = keyof typeof ENDS;

/** The oldest are forgotten above it. */
const MAX_ORDERS = 100_000;

const isEnd = (type: string): type is End => Object.hasOwn(ENDS, type);
const named = (status: string, count: number): StatusCount => ({ status: `ORDER_STATUS_${status}`, count });

export function createOrderTally(maxOrders: number = MAX_ORDERS): OrderTally {
  const orders = new Map<string, InFlight>();
  const ended = new Map<End, number>();
  return {
    add(orderId, type) {
      if (isEnd(type)) {
        orders.delete(orderId);
        ended.set(type, (ended.get(type) ?? 0) + 1);
        return;
      }
      const status = statusAfter(orders.get(orderId), type);
      if (!status) return;
      orders.set(orderId, status);
      const [oldest] = orders.size > maxOrders ? orders.keys() : [];
      if (oldest !== undefined) orders.delete(oldest);
    },
    inFlight() {
      const counts = new Map<InFlight, number>();
      for (const status of orders.values()) counts.set(status, (counts.get(status) ?? 0) + 1);
      return IN_FLIGHT.map((status) => named(status, counts.get(status) ?? 0));
    },
    ended: () => Object.entries(ENDS).map(([type, status]) => named(status, ended.get(type as End) ?? 0)),
    forgetInFlight: () => orders.clear(),
  };
}

/** undefined: an order that was not heard of before, and that such an event alone does not tell of: it may have ended. */
function statusAfter(before: InFlight | undefined, type: string): InFlight | undefined {
  switch (type) {
    case 'OrderCreated':
      return 'PENDING';
    case 'OrderItemsReserved':
      return before === undefined || before === 'PENDING' ? 'RESERVED' : before;
    case 'OrderPaid':
      return before === 'CANCELLING' ? before : 'PAID';
    case 'OrderNeedsReview':
      return 'NEEDS_REVIEW';
    case 'OrderCancellationRequested':
      return before === 'NEEDS_REVIEW' ? before : before && 'CANCELLING';
    default:
      return before;
  }
}
