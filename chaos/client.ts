/** What one client asks for, and how. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRepeatable, type Orders, orderOf } from '../e2e/support/orders.ts';
import { OrderlogError } from '../platform/errors.ts';
import { PlaceOrderRequest } from '../proto/gen/orderlog/order/v1/order_service.ts';
import { SagaMode } from '../proto/gen/orderlog/saga/v1/saga.ts';

/** Two items: one that everybody can have, one that is soon sold out. */
export interface Skus {
  readonly plenty: string;
  readonly scarce: string;
}

/** A cancellation that gets no answer for so long is given up. */
const GIVE_UP_MS = 120_000;
const MAX_PAUSE_MS = 2_000;
const TIMEOUT_MS = 10_000;

const MODES = [
  SagaMode.SAGA_MODE_CHOREOGRAPHY,
  SagaMode.SAGA_MODE_ORCHESTRATION,
  SagaMode.SAGA_MODE_DIRECT,
] as const;

/** In every saga mode; some declined, some out of stock, some at a provider that is slow or fails at first. */
export function requestOf(n: number, { plenty, scarce }: Skus, isBurst: boolean): PlaceOrderRequest {
  const sku = n % 25 === 3 ? scarce : plenty;
  // Many failures of the provider at once open Payment's breaker for half a minute: that is another fault.
  const flaky = isBurst ? 'tok_ok' : 'tok_flaky';
  const paymentToken =
    n % 20 === 7 ? 'tok_declined' : n % 40 === 13 ? flaky : n % 30 === 17 ? 'tok_slow' : 'tok_ok';
  return orderOf({
    customerId: `chaos-${n % 50}`,
    lines: [{ sku, quantity: 1 + (n % 3) }],
    paymentToken,
    // The caller of a direct saga waits for its end: a burst is of those who do not.
    sagaMode: (isBurst ? undefined : MODES[n % MODES.length]) ?? SagaMode.SAGA_MODE_UNSPECIFIED,
  });
}

const toText = (answer: object): string =>
  JSON.stringify(answer, (_, value) => (typeof value === 'bigint' ? String(value) : value));

export async function placeByGrpc(orders: Orders, request: PlaceOrderRequest) {
  const answer = await orders.placeOrder(request);
  return { orderId: answer.orderId, answer: toText(answer) };
}

/** As often as it takes. That the order has ended meanwhile is an answer too. */
export async function cancel(clientFor: (attempt: number) => Orders, orderId: string): Promise<void> {
  const request = { requestId: randomUUID(), orderId, message: 'changed my mind' };
  const untilMs = performance.now() + GIVE_UP_MS;
  for (let attempt = 0; performance.now() < untilMs; attempt++) {
    try {
      await clientFor(attempt).cancelOrder(request);
      return;
    } catch (error) {
      if (error instanceof OrderlogError && error.code === 'FAILED_PRECONDITION') return;
      if (!isRepeatable(error)) throw error;
    }
    await sleep(MAX_PAUSE_MS * Math.random());
  }
}

/** Over the gateway's REST. Throws OrderlogError; UNAVAILABLE where a repeat may help. */
export async function placeByRest(
  address: string,
  request: PlaceOrderRequest,
): Promise<{ orderId: string; answer: string }> {
  const { requestId, ...body } = PlaceOrderRequest.toJSON(request) as { requestId: string };
  let status: number;
  let answer: string;
  try {
    const response = await fetch(`http://${address}/v1/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': requestId },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    status = response.status;
    answer = await response.text();
  } catch (error) {
    throw new OrderlogError('UNAVAILABLE', 'NO_ANSWER', String(error), { cause: error });
  }
  if (status === 202) return { orderId: (JSON.parse(answer) as { orderId: string }).orderId, answer };
  const mayPass = [429, 502, 503, 504].includes(status);
  throw new OrderlogError(mayPass ? 'UNAVAILABLE' : 'INTERNAL', 'REFUSED', `HTTP ${status}: ${answer}`);
}
