/** `orderlog order cancel`: asks for an order's end and shows it walk there: voided before its payment, refunded after. */
import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { messageJson } from '../../../platform/messageJson.ts';
import { CancelOrderResponse } from '../../../proto/gen/orderlog/order/v1/order_service.ts';
import type { OrderClient } from '../../order/client.ts';
import { type Followed, type FollowOptions, runAndFollow } from '../../order/follow.ts';
import { orHowToRepeat } from '../../order/repeat.ts';
import { withExamples } from '../examples.ts';
import { addCommandOptions } from './options.ts';

interface CancelOptions extends FollowOptions {
  readonly message: string;
  readonly requestId?: string;
}

/** To `orderlog order`, and, as it is used often, to `orderlog` itself; `path` says which. */
export function addCancelCommand(parent: Command, path: 'order cancel' | 'cancel'): void {
  const command = parent
    .command('cancel')
    .description('Cancel an order, or have a completed one refunded, and show each step as it happens')
    .argument('<order>', "the order's id")
    .option('--message <text>', 'why, for a person to read; at most 500 characters', '');
  withExamples(addCommandOptions(command), `${path} <order id> --message "changed my mind"`).action(
    (order: string, options: CancelOptions) =>
      runAndFollow(options, (client) => cancel(client, order, options)),
  );
}

async function cancel(
  client: OrderClient,
  orderId: string,
  { requestId = randomUUID(), message }: CancelOptions,
): Promise<Followed> {
  // What came before the wish is no news; a repeat shows what follows since.
  const { order } = await client.getOrder({ orderId });
  const cancelling = client.cancelOrder({ requestId, orderId, message });
  const answer = await orHowToRepeat(cancelling, requestId, 'Cancelled or not?');
  const json = messageJson(
    'orderlog.order.v1.CancelOrderResponse',
    CancelOrderResponse.encode(answer).finish(),
  );
  return {
    orderId: answer.orderId,
    answer: { said: `asked      ${answer.orderId}`, json },
    seenVersion: order?.version ?? 0,
  };
}
