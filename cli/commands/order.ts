/** `orderlog order`: places an order and shows it walk through its steps to the end, live. */
import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { SagaMode } from '../../proto/gen/orderlog/saga/v1/saga.ts';
import {
  type Answered,
  addFollowOptions,
  ENDS,
  type FollowOptions,
  type OrderClient,
  orHowToRepeat,
  runAndFollow,
  wholeNumber,
} from '../order/follow.ts';

interface OrderOptions extends FollowOptions {
  readonly sku: readonly string[];
  readonly quantity: number;
  readonly customer: string;
  readonly token: string;
}

export function addOrderCommand(program: Command): void {
  const command = program
    .command('order')
    .description('Place an order and show each of its steps as it happens')
    .option('--sku <sku...>', 'what to order; once for each line', ['SKU-COFFEE'])
    .option('--quantity <pieces>', 'pieces of each', wholeNumber, 1)
    .option('--customer <id>', 'opaque customer id', 'ada')
    .option(
      '--token <token>',
      'payment token: tok_ok, tok_declined, tok_timeout, tok_flaky, tok_slow',
      'tok_ok',
    );
  addFollowOptions(command)
    .addHelpText(
      'after',
      '\nExample:\n  orderlog order --sku SKU-COFFEE SKU-MUG --quantity 2 --token tok_flaky',
    )
    .action((options: OrderOptions) => runAndFollow(options, (client) => place(client, options)));
}

async function place(client: OrderClient, options: OrderOptions): Promise<Answered> {
  const requestId = options.requestId ?? randomUUID();
  const placing = client.placeOrder({
    requestId,
    customerId: options.customer,
    lines: options.sku.map((sku) => ({ sku, quantity: options.quantity })),
    paymentToken: options.token,
    expectedTotal: undefined,
    sagaMode: SagaMode.SAGA_MODE_UNSPECIFIED,
  });
  const { orderId } = await orHowToRepeat(placing, requestId, 'Ordered or not?');
  return { orderId, said: `accepted   ${orderId}`, ends: ENDS, seenVersion: 0 };
}
