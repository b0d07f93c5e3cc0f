/** `orderlog cancel`: asks for an order's end and shows it walk there: voided before its payment, refunded after. */
import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import {
  type Answered,
  addFollowOptions,
  ENDS_OF_CANCELLED,
  type FollowOptions,
  type OrderClient,
  orHowToRepeat,
  runAndFollow,
} from '../order/follow.ts';

interface CancelOptions extends FollowOptions {
  readonly message: string;
}

export function addCancelCommand(program: Command): void {
  const command = program
    .command('cancel')
    .description('Cancel an order, or have a completed one refunded, and show each step as it happens')
    .argument('<order>', "the order's id")
    .option('--message <text>', 'why, for a person to read; at most 500 characters', '');
  addFollowOptions(command)
    .addHelpText('after', '\nExample:\n  orderlog cancel <order id> --message "changed my mind"')
    .action((order: string, options: CancelOptions) =>
      runAndFollow(options, (client) => cancel(client, order, options)),
    );
}

async function cancel(
  client: OrderClient,
  orderId: string,
  { requestId = randomUUID(), message }: CancelOptions,
): Promise<Answered> {
  // What came before the wish is no news; a repeat shows what follows since.
  const { order } = await client.getOrder({ orderId });
  const cancelling = client.cancelOrder({ requestId, orderId, message });
  const answer = await orHowToRepeat(cancelling, requestId, 'Cancelled or not?');
  return {
    orderId: answer.orderId,
    said: `asked      ${answer.orderId}`,
    ends: ENDS_OF_CANCELLED,
    seenVersion: order?.version ?? 0,
  };
}
