/** What one client asks for, and how. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ANONYMOUS } from '../cli/audit/journal.ts';
import { isRepeatable, type Orders, orderOf } from '../e2e/support/orders.ts';
import { OrderlogError } from '../platform/errors.ts';
import { derivedId } from '../platform/ids.ts';
import { PlaceOrderRequest } from '../proto/gen/orderlog/order/v1/order_service.ts';
import { SagaMode, sagaModeToJSON } from '../proto/gen/orderlog/saga/v1/saga.ts';
import type { Wish } from './journal.ts';

/** Two items: one that everybody can have, one that is soon sold out. */
export interface Skus {
  readonly plenty: string;
  readonly scarce: string;
}

/** A cancellation that gets no answer for so long is given up. */
const GIVE_UP_MS = 120_000;
const FIRST_PAUSE_MS = 20;
const MAX_PAUSE_MS = 2_000;
const TIMEOUT_MS = 10_000;

const MODES = [
  SagaMode.SAGA_MODE_CHOREOGRAPHY,
  SagaMode.SAGA_MODE_ORCHESTRATION,
  SagaMode.SAGA_MODE_DIRECT,
] as const;

/** What one client does. */
export interface Plan {
  readonly request: PlaceOrderRequest;
  readonly wish: Wish;
  readonly overRest: boolean;
  /** How often it asks at once. */
  readonly times: number;
  /** It asks once more, later. */
  readonly repeats: boolean;
  /** When it asks for the order's end: while that is under way, or once it was told that there is the order. */
  readonly cancels: 'meanwhile' | 'afterwards' | undefined;
}

/**
 * In every saga mode; some declined, some out of stock, some at a provider that is slow or fails at first, some cancelled. No
 * two periods have a common factor: each choice meets every other.
 */
export function planOf(n: number, { plenty, scarce }: Skus, isBurst: boolean): Plan {
  // The caller of a direct saga waits for its end: a burst is of those who do not.
  const sagaMode = (isBurst ? undefined : MODES[n % MODES.length]) ?? SagaMode.SAGA_MODE_UNSPECIFIED;
  const sku = n % 29 === 4 ? scarce : plenty;
  const paymentToken = tokenOf(n, isBurst);
  const cancels = n % 17 === 5 ? 'meanwhile' : n % 19 === 6 ? 'afterwards' : undefined;
  return {
    request: orderOf({
      customerId: `chaos-${n % 50}`,
      lines: [{ sku, quantity: 1 + (n % 5) }],
      paymentToken,
      sagaMode,
    }),
    wish: { mode: sagaModeToJSON(sagaMode), paymentToken, sku, cancels: cancels !== undefined },
    overRest: n % 4 === 1,
    times: n % 11 === 4 ? 3 : 1,
    repeats: n % 13 === 9,
    cancels,
  };
}

function tokenOf(n: number, isBurst: boolean): string {
  if (n % 23 === 7) return 'tok_declined';
  // Many failures of the provider at once open Payment's breaker for half a minute: that is another fault.
  if (n % 41 === 13) return isBurst ? 'tok_ok' : 'tok_flaky';
  return n % 31 === 17 ? 'tok_slow' : 'tok_ok';
}

/** As the Order service derives it, for callers who do not say who they are. */
export const orderIdOf = (requestId: string): string => derivedId(`order/${ANONYMOUS}/${requestId}`);

const toText = (answer: object): string =>
  JSON.stringify(answer, (_, value) => (typeof value === 'bigint' ? String(value) : value));

export async function placeByGrpc(orders: Orders, request: PlaceOrderRequest) {
  const answer = await orders.placeOrder(request);
  return { orderId: answer.orderId, answer: toText(answer) };
}

/**
 * As often as it takes; undefined: there never was an answer. `ended`: it has, without a sale, and so cannot be cancelled.
 * `isAsked`: the order may not be there yet.
 */
export async function cancel(
  clientFor: (attempt: number) => Orders,
  orderId: string,
  isAsked: boolean,
): Promise<'accepted' | 'ended' | undefined> {
  let requestId = randomUUID();
  const untilMs = performance.now() + GIVE_UP_MS;
  for (let attempt = 0; performance.now() < untilMs; attempt++) {
    try {
      await clientFor(attempt).cancelOrder({ requestId, orderId, message: 'changed my mind' });
      return 'accepted';
    } catch (error) {
      const code = error instanceof OrderlogError ? error.code : undefined;
      if (code === 'FAILED_PRECONDITION') return 'ended';
      // What was refused stays refused under its request_id.
      if (code === 'NOT_FOUND' && isAsked) requestId = randomUUID();
      else if (!isRepeatable(error)) throw error;
    }
    await sleep(Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt) * Math.random());
  }
  return undefined;
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
