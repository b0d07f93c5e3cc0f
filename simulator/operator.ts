/** An operator settles payments that need a review, by what the provider's ledger says; some are given back by hand. */
import { ReviewResolution } from '../proto/gen/orderlog/payment/v1/types.ts';
import type { PaymentRow } from '../services/payment/rows.ts';
import { requestIdOf } from './names.ts';
import type { Capture } from './provider.ts';
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
    resolution: capture ? resolve(world, capture) : ReviewResolution.REVIEW_RESOLUTION_NOT_CHARGED,
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

function resolve({ provider, choices, commits }: World, capture: Capture): ReviewResolution {
  if (choices.pick(`given back by hand ${capture.key}`, 3) < 2)
    return ReviewResolution.REVIEW_RESOLUTION_CAPTURED;
  const { key, orderId, reference: chargeReference, currency, amountMinor } = capture;
  provider.refunds.push({
    key,
    orderId,
    chargeReference,
    currency,
    amountMinor,
    reference: `by hand ${key}`,
    commit: commits,
  });
  return ReviewResolution.REVIEW_RESOLUTION_REFUNDED_ELSEWHERE;
}
