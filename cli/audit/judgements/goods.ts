/** What an order holds stays held until it has ended: neither given up before, nor sold. */
import { SagaMode } from '../../../proto/gen/orderlog/saga/v1/saga.ts';
import type { Findings } from '../finding.ts';
import { OPEN } from '../lifecycle.ts';
import { modeOf, only, type Story, standing } from '../story.ts';

export function judgeGoods(story: Story, findings: Findings): void {
  const { orderId, order, reservation } = story;
  const mode = modeOf(order);
  // Who settled the goods of a direct saga cannot be told; those of the others nobody else may settle.
  if (!OPEN.includes(order.status) || mode === undefined || mode === SagaMode.SAGA_MODE_DIRECT) return;
  const wereHeld = only(reservation, 'ItemsReserved').some(({ data }) => data.context?.mode === mode);
  if (!wereHeld || reservation.status === 'reserved') return;
  const message = `it has not ended, and its goods are ${reservation.status}`;
  findings.violation(`order ${orderId}`, message, standing(story));
}
