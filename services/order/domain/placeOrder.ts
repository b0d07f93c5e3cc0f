/** PlaceOrder: the order begins. */
import { accept, type Decision, nothing, refuse } from '../../../platform/decider.ts';
import { OrderCreated } from '../../../proto/gen/orderlog/order/v1/events.ts';
import type { PlaceOrder } from './commands.ts';
import type { OrderEvent } from './events.ts';
import type { Order, PlacedOrder } from './state.ts';

export function placeOrder({ context, lines }: PlaceOrder, order: Order): Decision<OrderEvent> {
  const data: OrderCreated = { context, lines: [...lines] };
  if (order.status === 'none') return accept({ type: 'OrderCreated', data });
  // The id derives from caller and request_id: this is a repeat whose idempotency record was lost.
  if (isSameWish(order, data)) return nothing;
  return refuse({
    code: 'INVALID_ARGUMENT',
    reason: 'REQUEST_ID_REUSED',
    message: 'request_id was used before with another order: choose a new one for a new order',
    field: 'request_id',
  });
}

/** All but what the server adds: the token is sealed anew each time, the deadline counts from the call. */
function isSameWish(order: PlacedOrder, wish: OrderCreated): boolean {
  const bytes = ({ context, lines }: OrderCreated) =>
    OrderCreated.encode({
      context: context && { ...context, sealedPaymentToken: undefined, deadline: undefined },
      lines,
    }).finish();
  return Buffer.compare(bytes({ context: order.context, lines: [...order.lines] }), bytes(wish)) === 0;
}
