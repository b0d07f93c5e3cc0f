/**
 * The charge as a peer makes it: one call to the sandbox provider, which is the same process code as Orderlog's, under the
 * order's key, by the HTTP client of Orderlog's Payment. Throws where there is no definite answer; a peer then does what its
 * own docs say about failed steps.
 */
import { createHttpClient } from '../../services/payment/provider/httpClient.ts';
import { CURRENCY } from './workload.ts';

export interface ChargeWish {
  /** Also the provider's idempotency key. */
  readonly orderId: string;
  readonly amountMinor: number;
  readonly paymentToken: string;
}

export type Charge = (wish: ChargeWish) => Promise<'captured' | 'declined'>;

const CAPTURED = 200;
const DECLINED = 402;

export function createCharge(providerUrl: string): Charge {
  const request = createHttpClient(providerUrl);
  return async ({ orderId, amountMinor, paymentToken }) => {
    const post = {
      headers: { 'content-type': 'application/json', 'idempotency-key': orderId },
      body: JSON.stringify({
        amountMinor: String(amountMinor),
        currency: CURRENCY,
        orderId,
        token: paymentToken,
      }),
    };
    // Never aborted: the client gives up by itself, and a timer for each charge would only cost.
    const { status, body } = await request({ path: '/v1/charges', post }, new AbortController().signal);
    if (status === CAPTURED) return 'captured';
    if (status === DECLINED) return 'declined';
    throw new Error(`the provider answers ${status}: ${body}`);
  };
}
