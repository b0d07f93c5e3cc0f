/** `orderlog payments resolve`: settles a payment by what an operator found out at the provider. */
import { randomUUID } from 'node:crypto';
import { paymentStatusToJSON, ReviewResolution } from '../../proto/gen/orderlog/payment/v1/types.ts';
import { orHowToRepeat } from '../order/repeat.ts';
import { print } from '../parked/json.ts';
import type { PaymentClient } from './client.ts';
import { paymentJson } from './json.ts';

export const RESOLUTIONS = {
  captured: ReviewResolution.REVIEW_RESOLUTION_CAPTURED,
  'not-charged': ReviewResolution.REVIEW_RESOLUTION_NOT_CHARGED,
  'refunded-elsewhere': ReviewResolution.REVIEW_RESOLUTION_REFUNDED_ELSEWHERE,
} as const;

export interface ResolveOptions {
  readonly as: keyof typeof RESOLUTIONS;
  readonly evidence: string;
  readonly operator: string;
  readonly reference: string;
  readonly requestId?: string;
  readonly json?: true;
}

export async function resolve(
  client: PaymentClient,
  orderId: string,
  options: ResolveOptions,
): Promise<void> {
  const requestId = options.requestId ?? randomUUID();
  const answer = client.resolvePaymentReview({
    requestId,
    orderId,
    resolution: RESOLUTIONS[options.as],
    evidence: options.evidence,
    operatorId: options.operator,
    providerReference: options.reference,
  });
  const { payment } = await orHowToRepeat(answer, requestId, 'Settled or not?');
  if (options.json && payment) print(paymentJson(payment));
  else process.stdout.write(`${orderId}  ${payment ? paymentStatusToJSON(payment.status) : 'settled'}\n`);
}
