/** Waits for the moments of an order that steps name. */
import assert from 'node:assert/strict';
import { ReservationStatus } from '../../proto/gen/orderlog/catalog/v1/types.ts';
import { OrderStatus } from '../../proto/gen/orderlog/order/v1/types.ts';
import { PaymentStatus } from '../../proto/gen/orderlog/payment/v1/types.ts';
import { paymentIdOf } from '../../services/payment/domain/commands.ts';
import { chargeTaskIdOf } from '../../services/payment/tasks.ts';
import { hasEnded } from '../support/orders.ts';
import { until } from '../support/system.ts';
import type { Bed } from './bed.ts';
import type { CastOrder } from './cast.ts';
import type { Moment } from './steps.ts';

const WITHIN_MS = 60_000;

const UNDOING: readonly PaymentStatus[] = [
  PaymentStatus.PAYMENT_STATUS_CANCELLING,
  PaymentStatus.PAYMENT_STATUS_VOIDED,
  PaymentStatus.PAYMENT_STATUS_REFUNDED,
];

export function untilMoment(bed: Bed, { orderId }: CastOrder, moment: Moment): Promise<void> {
  const checks: Readonly<Record<Moment, () => Promise<void>>> = {
    async placed() {
      await bed.orders.getOrder({ orderId });
    },
    async reserved() {
      const { reservation } = await bed.catalog.getReservation({ orderId });
      assert.equal(reservation?.status, ReservationStatus.RESERVATION_STATUS_RESERVED);
    },
    async charging() {
      const taskId = chargeTaskIdOf(paymentIdOf(orderId));
      const rows = await bed.query(
        'payment',
        'select from tasks where task_id = $1 and attempts > 0',
        taskId,
      );
      assert.equal(rows.length, 1, 'its charge is not under way');
    },
    async charged() {
      assert.equal((await bed.ledger.of(orderId)).charges, 1);
    },
    async cancelling() {
      const { payment } = await bed.payment.getPayment({ orderId });
      assert.ok(payment && UNDOING.includes(payment.status), `payment ${payment?.status}`);
    },
    async ended() {
      const { order: read } = await bed.orders.getOrder({ orderId });
      assert.ok(read && hasEnded(read.status), `order ${read?.status}`);
      const rows = await bed.query(
        'catalog',
        `select from reservations where order_id = $1 and status <> 'reserved'`,
        orderId,
      );
      assert.equal(rows.length, 1, 'its goods are held still');
    },
    async refunded() {
      const { order: read } = await bed.orders.getOrder({ orderId });
      assert.equal(read?.status, OrderStatus.ORDER_STATUS_REFUNDED);
    },
  };
  return until(checks[moment], WITHIN_MS);
}
