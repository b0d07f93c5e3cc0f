/** An operator settles payments that need a review, by what the provider's ledger says. */
import { ReviewResolution } from '../proto/gen/orderlog/payment/v1/types.ts';
import type { PaymentRow } from '../services/payment/rows.ts';
import { requestIdOf } from './names.ts';
import { tableOf } from './store.ts';
import type { World } from './world.ts';

export function reviewActions(world: World) {
  const rows = [...tableOf(world.services.payment.store, 'payments').values()] as PaymentRow[];
  return rows
    .filter(({ status }) => status === 'needsReview')
    .filter(
      (row) => !world.clients.some(({ requestId }) => requestId === requestIdOf(`review/${row.payment_id}`)),
    )
    .map((row) => ({
      actor: 'operator',
      key: row.payment_id,
      replica: undefined,
      run: () => review(world, row),
    }));
}

function review(world: World, { payment_id: paymentId, order_id: orderId }: PaymentRow): void {
  const capture = world.provider.captures.find(({ key }) => key === paymentId);
  const request = {
    orderId,
    resolution: capture
      ? ReviewResolution.REVIEW_RESOLUTION_CAPTURED
      : ReviewResolution.REVIEW_RESOLUTION_NOT_CHARGED,
    evidence: "the provider's statement of account",
    operatorId: 'ada',
    providerReference: capture?.reference ?? '',
    requestId: requestIdOf(`review/${paymentId}`),
  };
  world.clients.push({
    number: world.clients.length,
    label: `ResolvePaymentReview of ${orderId}`,
    service: 'payment',
    method: 'resolvePaymentReview',
    request,
    requestId: request.requestId,
    orderId,
    notBeforeMs: 0,
    after: undefined,
    tries: 0,
    repeatsLeft: 0,
    attempt: undefined,
    answer: undefined,
  });
}
