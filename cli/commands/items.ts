/** `orderlog items`: what the catalog sells, and its stock. */
import { randomUUID } from 'node:crypto';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { OrderlogError } from '../../platform/errors.ts';
import type { Item } from '../../proto/gen/orderlog/catalog/v1/catalog_service.ts';
import { itemPages, withCatalog } from '../items/client.ts';
import { itemJson, itemsText } from '../items/text.ts';
import { orHowToRepeat } from '../order/repeat.ts';
import { print } from '../parked/json.ts';
import { withExamples } from './examples.ts';

interface ItemOptions {
  readonly json?: true;
  readonly catalog?: string;
}

interface AdjustOptions extends ItemOptions {
  readonly by: bigint;
  readonly reason: string;
  readonly requestId?: string;
}

const pieces = (text: string): bigint => {
  if (/^[+-]?\d{1,10}$/.test(text) && BigInt(text) !== 0n) return BigInt(text);
  throw new InvalidArgumentError('give pieces to add, or with a minus to take away, such as 5 or -5');
};

const catalogAddress = () =>
  new Option('--catalog <host:port>', 'address of the Catalog service (default: as `npm start` lays it out)');

export function addItemsCommand(program: Command): void {
  const items = withExamples(
    program.command('items').description('See what the catalog sells, and change its stock'),
    'items list',
  );
  withExamples(
    items
      .command('list')
      .description('List all items by SKU, with price and stock')
      .option('--json', 'a line of JSON for each')
      .addOption(catalogAddress()),
    'items list',
    'items list --json',
  ).action(list);
  withExamples(
    items
      .command('show')
      .description('Show one item')
      .argument('<sku>', 'its SKU')
      .option('--json', 'as JSON')
      .addOption(catalogAddress()),
    'items show SKU-COFFEE',
  ).action(show);
  withExamples(
    items
      .command('adjust')
      .description('Add pieces to the stock on hand of an item, or take some away')
      .argument('<sku>', 'its SKU')
      .requiredOption('--by <pieces>', 'how many to add; with a minus, to take away', pieces)
      .option('--reason <text>', 'why, for a person to read; at most 500 characters', '')
      .option('--request-id <uuid>', 'repeat an earlier request; new by default')
      .option('--json', 'as JSON')
      .addOption(catalogAddress()),
    'items adjust SKU-SOLD-OUT --by 10 --reason "a delivery came"',
    'items adjust SKU-MUG --by -1 --reason broken',
  ).action(adjust);
}

const list = ({ json, catalog }: ItemOptions): Promise<void> =>
  withCatalog(catalog, async (client) => {
    let isFirst = true;
    for await (const items of itemPages(client)) {
      const lines = () => items.map((item) => `${JSON.stringify(itemJson(item))}\n`).join('');
      process.stdout.write(json ? lines() : itemsText(items, isFirst));
      isFirst = false;
    }
  });

const show = (sku: string, { json, catalog }: ItemOptions): Promise<void> =>
  withCatalog(catalog, async (client) => tell((await client.getItem({ sku })).item, sku, json));

const adjust = (sku: string, options: AdjustOptions): Promise<void> =>
  withCatalog(options.catalog, async (client) => {
    const { by: delta, reason, requestId = randomUUID(), json } = options;
    const adjusting = client.adjustStock({ requestId, sku, delta, reason });
    tell((await orHowToRepeat(adjusting, requestId, 'Changed or not?')).item, sku, json);
  });

function tell(item: Item | undefined, sku: string, json: true | undefined): void {
  if (!item) throw new OrderlogError('NOT_FOUND', 'ITEM_UNKNOWN', `there is no item ${sku}`);
  if (json) print(itemJson(item));
  else process.stdout.write(itemsText([item], true));
}
