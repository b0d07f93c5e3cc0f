/** PlaceOrder over the gateway's REST. */
import { OrderlogError } from '../platform/errors.ts';
import { PlaceOrderRequest } from '../proto/gen/orderlog/order/v1/order_service.ts';

const TIMEOUT_MS = 10_000;

/** Throws OrderlogError; UNAVAILABLE where a repeat may help. */
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
  const mayPass = status === 429 || status >= 500;
  throw new OrderlogError(mayPass ? 'UNAVAILABLE' : 'INTERNAL', 'REFUSED', `HTTP ${status}: ${answer}`);
}
