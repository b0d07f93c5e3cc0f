/** `orderlog order show`: an order as its service keeps it, now or at any moment of its past. */
import type { Command } from 'commander';
import { OrderlogError } from '../../../platform/errors.ts';
import { withOrders } from '../../order/client.ts';
import { orderJson } from '../../order/json.ts';
import { orderText } from '../../order/text.ts';
import { print } from '../../parked/json.ts';
import { withExamples } from '../examples.ts';
import { addMomentOptions, type MomentOptions, momentOf, orderAddress } from './options.ts';

interface ShowOptions extends MomentOptions {
  readonly json?: true;
  readonly order?: string;
}

export function addShowCommand(parent: Command): void {
  const command = parent
    .command('show')
    .description('Show an order as the Order service keeps it, now or at any moment of its past')
    .argument('<order>', "the order's id");
  withExamples(
    addMomentOptions(command).option('--json', 'as JSON').addOption(orderAddress()),
    'order show <order id>',
    'order show <order id> --at-version 1 --json',
  ).action(show);
}

const show = (orderId: string, options: ShowOptions): Promise<void> =>
  withOrders(options.order, async (client) => {
    const { order } = await client.getOrder({ orderId, ...momentOf(options) });
    if (!order) throw new OrderlogError('NOT_FOUND', 'ORDER_UNKNOWN', `there is no order ${orderId}`);
    if (options.json) print(orderJson(order));
    else process.stdout.write(orderText(order));
  });
