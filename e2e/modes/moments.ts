/** Waits for the moments of an order that steps name, by what stands in the log of it. */
import assert from 'node:assert/strict';
import { paymentIdOf } from '../../services/payment/domain/commands.ts';
import { chargeTaskIdOf } from '../../services/payment/tasks.ts';
import { until } from '../support/system.ts';
import type { Bed } from './bed.ts';
import type { CastOrder } from './cast.ts';
import type { LoggedEvent } from './logView.ts';
import type { Moment } from './steps.ts';

const WITHIN_MS = 60_000;

const ENDS = ['OrderCompleted', 'OrderRejected', 'OrderCancelled', 'OrderRefunded'];
const GOODS_SETTLED = ['ReserveFailed', 'ReservationConfirmed', 'ReservationReleased', 'ReservationReturned'];
const UNDOING = ['PaymentCancellationRequested', 'PaymentVoided', 'PaymentRefundStarted'];

export function untilMoment(bed: Bed, { orderId }: CastOrder, moment: Moment): Promise<void> {
  const checks: Readonly<Record<Moment, () => Promise<void>>> = {
    async placed() {
      assertAny((await bed.log.of(orderId)).order, ['OrderCreated']);
    },
    async reserved() {
      assertAny((await bed.log.of(orderId)).reservation, ['ItemsReserved']);
    },
    async charging() {
      const begun = await bed.begunTasks();
      assert.ok(begun.has(chargeTaskIdOf(paymentIdOf(orderId))), 'its charge is not under way');
    },
    async charged() {
      assert.equal((await bed.ledger.of(orderId)).charges, 1);
    },
    async cancelling() {
      assertAny((await bed.log.of(orderId)).payment, UNDOING);
    },
    async ended() {
      const { order, reservation } = await bed.log.of(orderId);
      assertAny(order, ENDS);
      assertAny(reservation, GOODS_SETTLED);
    },
    async refunded() {
      assertAny((await bed.log.of(orderId)).order, ['OrderRefunded']);
    },
  };
  return until(checks[moment], WITHIN_MS);
}

function assertAny(events: readonly LoggedEvent[], types: readonly string[]): void {
  const logged = events.map(({ type }) => type);
  assert.ok(
    types.some((type) => logged.includes(type)),
    `none of ${types.join(', ')} in ${logged.join(', ') || 'nothing'}`,
  );
}
