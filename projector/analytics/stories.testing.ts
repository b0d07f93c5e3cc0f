/** Orders' stories as events of the log, for tests of what is counted of them. */
import { eventIdOf } from '../../platform/ids.ts';
import type { Money } from '../../proto/gen/google/type/money.ts';
import { CancellationReason, RejectionReason } from '../../proto/gen/orderlog/order/v1/types.ts';
import { SagaContext } from '../../proto/gen/orderlog/saga/v1/saga.ts';
import type { EventRecord } from '../engine/projection.ts';
import { type OrderEvent, orderEvents } from '../orders/events.ts';

export const NOON = Date.UTC(2026, 0, 5, 12);
export const DAY_MS = 24 * 60 * 60 * 1_000;

export const euro = (units: bigint, nanos = 0): Money => ({ currencyCode: 'EUR', units, nanos });

const context = SagaContext.fromPartial({ customerId: 'ada' });
const line = (sku: string, quantity: number, lineTotal: Money) => ({
  sku,
  name: `Name of ${sku}`,
  quantity,
  unitPrice: undefined,
  lineTotal,
});
const why = (reason: CancellationReason) => ({ context, reason, message: '' });

/** Two pieces of coffee and a tea, for 25.30 EUR. */
export const happen = {
  created: { type: 'OrderCreated', data: { context, lines: [] } },
  reserved: {
    type: 'OrderItemsReserved',
    data: {
      context,
      lines: [line('COFFEE', 2, euro(19n, 800_000_000)), line('TEA', 1, euro(5n, 500_000_000))],
      total: euro(25n, 300_000_000),
    },
  },
  paid: { type: 'OrderPaid', data: { context, paymentId: 'p', amount: euro(25n, 300_000_000) } },
  review: { type: 'OrderNeedsReview', data: { context, paymentId: 'p', message: '' } },
  completed: { type: 'OrderCompleted', data: { context, total: euro(25n, 300_000_000) } },
  rejected: {
    type: 'OrderRejected',
    data: { context, reason: RejectionReason.REJECTION_REASON_OUT_OF_STOCK, message: '' },
  },
  asked: {
    type: 'OrderCancellationRequested',
    data: why(CancellationReason.CANCELLATION_REASON_CUSTOMER_REQUEST),
  },
  cancelled: {
    type: 'OrderCancelled',
    data: { ...why(CancellationReason.CANCELLATION_REASON_CUSTOMER_REQUEST), refunded: undefined },
  },
  declined: {
    type: 'OrderCancelled',
    data: { ...why(CancellationReason.CANCELLATION_REASON_PAYMENT_DECLINED), refunded: undefined },
  },
  refunded: {
    type: 'OrderRefunded',
    data: {
      ...why(CancellationReason.CANCELLATION_REASON_CUSTOMER_REQUEST),
      paymentId: 'p',
      amount: euro(25n, 300_000_000),
    },
  },
} as const satisfies Record<string, OrderEvent>;

export type Happening = keyof typeof happen;

/** What happened, each with how many milliseconds after noon. */
export type Story = readonly (readonly [Happening | 'unknown', number])[];

export const recordsOf = (orderId: string, story: Story): EventRecord[] =>
  story.map(([what, afterMs], index) => {
    const event: OrderEvent | undefined = what === 'unknown' ? undefined : happen[what];
    return {
      streamId: orderId,
      version: index + 1,
      eventId: eventIdOf('order', orderId, index + 1),
      time: new Date(NOON + afterMs),
      type: event ? orderEvents.fullName(event.type) : 'orderlog.order.v1.OrderGiftWrapped',
      payload: event ? orderEvents.encode(event) : Buffer.from([8, 1]),
    };
  });

const SALE: Story = [
  ['created', 0],
  ['reserved', 100],
  ['paid', 400],
  ['completed', 401],
];

/** All the ways in which an order goes. */
export const stories = {
  completes: SALE,
  'is paid before it is reserved': [
    ['created', 0],
    ['paid', 300],
    ['reserved', 500],
    ['completed', 501],
  ],
  'is refunded the next day': [...SALE, ['asked', DAY_MS], ['refunded', DAY_MS + 2_000]],
  'is rejected': [
    ['created', 0],
    ['rejected', 50],
  ],
  'is declined': [
    ['created', 0],
    ['reserved', 100],
    ['declined', 900],
  ],
  'is cancelled': [
    ['created', 0],
    ['asked', 20],
    ['cancelled', 60],
  ],
  'needs a review, and completes': [
    ['created', 0],
    ['reserved', 100],
    ['review', 200],
    ['paid', 5_000],
    ['unknown', 5_001],
    ['completed', 5_002],
  ],
  'is under way': [
    ['created', 0],
    ['reserved', 100],
  ],
} as const satisfies Record<string, Story>;
