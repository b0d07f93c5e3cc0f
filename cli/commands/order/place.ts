/** `orderlog order place`: places an order and shows it walk through its steps to the end, live. */
import { randomUUID } from 'node:crypto';
import { type Command, Option } from 'commander';
import { messageJson } from '../../../platform/messageJson.ts';
import { PlaceOrderResponse } from '../../../proto/gen/orderlog/order/v1/order_service.ts';
import { SagaMode } from '../../../proto/gen/orderlog/saga/v1/saga.ts';
import type { OrderClient } from '../../order/client.ts';
import { type Followed, type FollowOptions, runAndFollow } from '../../order/follow.ts';
import { orHowToRepeat } from '../../order/repeat.ts';
import { wholeNumber } from '../arguments.ts';
import { withExamples } from '../examples.ts';
import { addCommandOptions } from './options.ts';

const MODES = {
  choreography: SagaMode.SAGA_MODE_CHOREOGRAPHY,
  orchestration: SagaMode.SAGA_MODE_ORCHESTRATION,
  direct: SagaMode.SAGA_MODE_DIRECT,
} as const;

interface PlaceOptions extends FollowOptions {
  readonly sku: readonly string[];
  readonly quantity: number;
  readonly customer: string;
  readonly token: string;
  readonly mode?: keyof typeof MODES;
  readonly requestId?: string;
}

/** `orderlog order` alone means it too. */
export function addPlaceCommand(order: Command): void {
  const command = order
    .command('place', { isDefault: true })
    .description('Place an order and show each of its steps as it happens')
    .option('--sku <sku...>', 'what to order; once for each line', ['SKU-COFFEE'])
    .option('--quantity <pieces>', 'pieces of each', wholeNumber, 1)
    .option('--customer <id>', 'opaque customer id', 'ada')
    .option(
      '--token <token>',
      'payment token: tok_ok, tok_declined, tok_timeout, tok_flaky, tok_slow',
      'tok_ok',
    )
    .addOption(
      new Option('--mode <mode>', "who drives the saga (default: the server's own)").choices(
        Object.keys(MODES),
      ),
    );
  withExamples(
    addCommandOptions(command),
    'order place --sku SKU-COFFEE SKU-MUG --quantity 2 --token tok_flaky',
    'order --sku SKU-COFFEE --quantity 2  # the same in short',
    'order place --no-watch --json',
  ).action((options: PlaceOptions) => runAndFollow(options, (client) => place(client, options)));
}

async function place(client: OrderClient, options: PlaceOptions): Promise<Followed> {
  const requestId = options.requestId ?? randomUUID();
  const placing = client.placeOrder({
    requestId,
    customerId: options.customer,
    lines: options.sku.map((sku) => ({ sku, quantity: options.quantity })),
    paymentToken: options.token,
    expectedTotal: undefined,
    sagaMode: options.mode ? MODES[options.mode] : SagaMode.SAGA_MODE_UNSPECIFIED,
  });
  const answer = await orHowToRepeat(placing, requestId, 'Ordered or not?');
  const json = messageJson(
    'orderlog.order.v1.PlaceOrderResponse',
    PlaceOrderResponse.encode(answer).finish(),
  );
  const said = `accepted   ${answer.orderId}`;
  return { orderId: answer.orderId, answer: { said, json }, seenVersion: 0 };
}
