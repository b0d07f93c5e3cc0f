/** `orderlog order list`: orders by text, status, customer, dates and totals, from the read model. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Money } from '../../../proto/gen/google/type/money.ts';
import { OrderStatus, orderStatusFromJSON } from '../../../proto/gen/orderlog/order/v1/types.ts';
import { OrderSort } from '../../../proto/gen/orderlog/query/v1/query_service.ts';
import { withQueries } from '../../order/client.ts';
import { findOrders, listJson, listText } from '../../order/list.ts';
import { print } from '../../parked/json.ts';
import { money, time } from '../arguments.ts';
import { withExamples } from '../examples.ts';
import { gatewayAddress } from './options.ts';

const PREFIX = 'ORDER_STATUS_';
const STATUSES = Object.keys(OrderStatus)
  .filter((name) => name.startsWith(PREFIX) && !name.endsWith('_UNSPECIFIED'))
  .map((name) => name.slice(PREFIX.length).toLowerCase().replaceAll('_', '-'));

const SORTS = {
  newest: OrderSort.ORDER_SORT_CREATED_DESC,
  oldest: OrderSort.ORDER_SORT_CREATED_ASC,
  dearest: OrderSort.ORDER_SORT_TOTAL_DESC,
  cheapest: OrderSort.ORDER_SORT_TOTAL_ASC,
  relevance: OrderSort.ORDER_SORT_RELEVANCE,
} as const;

interface ListOptions {
  readonly query?: string;
  readonly status?: readonly string[];
  readonly customer?: string;
  readonly after?: Date;
  readonly before?: Date;
  readonly minTotal?: Money;
  readonly maxTotal?: Money;
  readonly sort: keyof typeof SORTS;
  readonly limit: number;
  readonly pageToken?: string;
  readonly consistencyToken?: string;
  readonly json?: true;
  readonly gateway?: string;
}

const MAX_LISTED = 10_000;

const limit = (text: string): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= MAX_LISTED) return value;
  throw new InvalidArgumentError(`give a whole number from 1 to ${MAX_LISTED}`);
};

export function addListCommand(parent: Command): void {
  const command = parent
    .command('list')
    .description('Find orders by text, status, customer, dates and totals; all that is given must hold')
    .option('--query <words>', 'words from item names, SKUs or the customer id')
    .addOption(new Option('--status <status...>', 'any of these').choices(STATUSES))
    .option('--customer <id>', 'of this customer')
    .option('--after <time>', 'created at this time or later, such as 2026-01-02T03:04:05Z', time)
    .option('--before <time>', 'created before this time', time)
    .option('--min-total <amount>', 'such as 9.90, or "9.90 USD"', money)
    .option('--max-total <amount>', 'such as 9.90, or "9.90 USD"', money)
    .addOption(new Option('--sort <order>', 'how').choices(Object.keys(SORTS)).default('newest'))
    .option('--limit <orders>', 'how many to show', limit, 20)
    .option('--page-token <token>', 'go on from here: nextPageToken of an earlier answer')
    .option('--consistency-token <token>', "of a write's answer: that write is in the list")
    .option('--json', 'as JSON, with counts by status and the next page token')
    .addOption(gatewayAddress());
  withExamples(
    command,
    'order list --query coffee --status completed --min-total 10',
    'order list --customer ada --sort oldest --limit 100 --json',
  ).action(list);
}

const list = (options: ListOptions): Promise<void> =>
  withQueries(options.gateway, async (client) => {
    const found = await findOrders(
      client,
      {
        query: options.query ?? '',
        statuses: (options.status ?? []).map(statusOf),
        customerId: options.customer ?? '',
        createdAfter: options.after,
        createdBefore: options.before,
        minTotal: options.minTotal,
        maxTotal: options.maxTotal,
        sort: SORTS[options.sort],
        pageToken: options.pageToken ?? '',
        consistencyToken: options.consistencyToken ?? '',
      },
      options.limit,
    );
    if (options.json) print(listJson(found));
    else process.stdout.write(listText(found));
  });

const statusOf = (choice: string): OrderStatus =>
  orderStatusFromJSON(`${PREFIX}${choice.toUpperCase().replaceAll('-', '_')}`);
