/** `orderlog order history`: the order's own events, oldest first. */
import type { Command } from 'commander';
import type { HistoryEvent } from '../../../proto/gen/orderlog/order/v1/order_service.ts';
import { type OrderClient, withOrders } from '../../order/client.ts';
import { eventJson } from '../../order/json.ts';
import { eventText } from '../../order/text.ts';
import { withExamples } from '../examples.ts';
import { orderAddress } from './options.ts';

interface HistoryOptions {
  readonly json?: true;
  readonly order?: string;
}

const PAGE_SIZE = 1_000;

export function addHistoryCommand(parent: Command): void {
  const command = parent
    .command('history')
    .description("List an order's own events, oldest first, each with what brought it about")
    .argument('<order>', "the order's id")
    .option('--json', 'a line of JSON for each event, payload decoded')
    .addOption(orderAddress());
  withExamples(command, 'order history <order id>', 'order history <order id> --json').action(history);
}

const history = (orderId: string, options: HistoryOptions): Promise<void> =>
  withOrders(options.order, async (client) => {
    for await (const event of eventsOf(client, orderId)) {
      const time = event.createTime?.toISOString() ?? '–';
      const text = options.json ? JSON.stringify(eventJson(event)) : `${time}  ${eventText(event)}`;
      process.stdout.write(`${text}\n`);
    }
  });

async function* eventsOf(client: OrderClient, orderId: string): AsyncGenerator<HistoryEvent> {
  let pageToken = '';
  do {
    const page = await client.getOrderHistory({ orderId, pageSize: PAGE_SIZE, pageToken });
    yield* page.events;
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
}
