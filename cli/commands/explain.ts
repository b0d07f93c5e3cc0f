/** `orderlog explain`: what happened to an order, where it stands, what it waits for and why. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { createClient } from '../../platform/grpc/client.ts';
import { OrderServiceService } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { addressesOf } from '../addresses.ts';
import { explanationJson } from '../explain/json.ts';
import { explanationText } from '../explain/text.ts';
import { wholeNumber } from '../order/follow.ts';
import { print } from '../parked/json.ts';

interface ExplainOptions {
  readonly at?: Date;
  readonly atVersion?: number;
  readonly json?: boolean;
  readonly order?: string;
}

/** With its zone: a time without one means another moment elsewhere. */
const time = (text: string): Date => {
  const parsed = new Date(text);
  if (/(Z|UTC|[+-]\d{2}:?\d{2})$/i.test(text) && !Number.isNaN(parsed.getTime())) return parsed;
  throw new InvalidArgumentError('give a time with its zone, such as 2026-01-02T03:04:05Z');
};

export function addExplainCommand(program: Command): void {
  program
    .command('explain')
    .description('What happened to an order, where it stands, what it waits for and why')
    .argument('<order>', "the order's id")
    .option('--at <time>', 'as it was at this time, such as 2026-01-02T03:04:05Z', time)
    .addOption(
      new Option('--at-version <n>', 'as it was after so many of its events')
        .argParser(wholeNumber)
        .conflicts('at'),
    )
    .option('--json', 'as JSON, with every event')
    .option('--order <host:port>', 'address of the Order service (default: as `npm start` lays it out)')
    .addHelpText('after', '\nExample:\n  orderlog explain <order id> --at-version 1')
    .action(explain);
}

async function explain(orderId: string, { at, atVersion, json, order }: ExplainOptions): Promise<void> {
  const address = order ?? addressesOf(process.env.ORDERLOG_PORT_BASE).order;
  const client = createClient(OrderServiceService, address);
  try {
    const explanation = await client.explainOrder({
      orderId,
      ...(at && { atTime: at }),
      ...(atVersion !== undefined && { atVersion }),
    });
    if (json) print(explanationJson(explanation));
    else process.stdout.write(explanationText(explanation));
  } finally {
    client.close();
  }
}
