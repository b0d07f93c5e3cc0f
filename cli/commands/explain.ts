/** `orderlog explain`: what happened to an order, where it stands, what it waits for and why. */
import type { Command } from 'commander';
import { explanationJson } from '../explain/json.ts';
import { explanationText } from '../explain/text.ts';
import { withOrders } from '../order/client.ts';
import { print } from '../parked/json.ts';
import { withExamples } from './examples.ts';
import { addMomentOptions, type MomentOptions, momentOf, orderAddress } from './order/options.ts';

interface ExplainOptions extends MomentOptions {
  readonly json?: true;
  readonly order?: string;
}

export function addExplainCommand(program: Command): void {
  const command = program
    .command('explain')
    .description('What happened to an order, where it stands, what it waits for and why')
    .argument('<order>', "the order's id");
  withExamples(
    addMomentOptions(command).option('--json', 'as JSON, with every event').addOption(orderAddress()),
    'explain <order id>',
    'explain <order id> --at-version 1',
  ).action(explain);
}

const explain = (orderId: string, { json, order, ...moment }: ExplainOptions): Promise<void> =>
  withOrders(order, async (client) => {
    const explanation = await client.explainOrder({ orderId, ...momentOf(moment) });
    if (json) print(explanationJson(explanation));
    else process.stdout.write(explanationText(explanation));
  });
