/**
 * The charge as a peer makes it: one call to the sandbox provider, which is the same process code as Orderlog's, under the
 * order's key. Throws where there is no definite answer; a peer then does what its own docs say about failed steps.
 */
import { CURRENCY } from './workload.ts';

export interface ChargeWish {
  /** Also the provider's idempotency key. */
  readonly orderId: string;
  readonly amountMinor: number;
  readonly paymentToken: string;
}

const CAPTURED = 200;
const DECLINED = 402;

export async function charge(
  providerUrl: string,
  { orderId, amountMinor, paymentToken }: ChargeWish,
): Promise<'captured' | 'declined'> {
  const response = await fetch(`${providerUrl}/v1/charges`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': orderId },
    body: JSON.stringify({
      amountMinor: String(amountMinor),
      currency: CURRENCY,
      orderId,
      token: paymentToken,
    }),
  });
  // Read to its end, or the connection cannot be used again.
  const text = await response.text();
  if (response.status === CAPTURED) return 'captured';
  if (response.status === DECLINED) return 'declined';
  throw new Error(`the provider answers ${response.status}: ${text}`);
}
