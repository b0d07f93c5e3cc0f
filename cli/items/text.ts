/** How items read on a terminal, and as JSON. */
import type { JsonObject } from '@bufbuild/protobuf';
import { messageJson } from '../../platform/messageJson.ts';
import { Item } from '../../proto/gen/orderlog/catalog/v1/catalog_service.ts';
import { coloured } from '../colours.ts';
import { moneyText } from '../order/text.ts';
import { table } from '../table.ts';

export const itemJson = (item: Item): JsonObject =>
  messageJson('orderlog.catalog.v1.Item', Item.encode(item).finish());

/** The header in the first table only, as there may be several pages. */
export function itemsText(items: readonly Item[], withHeader: boolean): string {
  const rows = items.map(({ sku, name, unitPrice, onHand, reserved, available }) => [
    sku,
    available > 0n ? String(available) : coloured('red', String(available)),
    String(onHand),
    String(reserved),
    moneyText(unitPrice),
    name,
  ]);
  const header = ['SKU', 'AVAILABLE', 'ON HAND', 'RESERVED', 'PRICE', 'NAME'];
  return table(withHeader ? [header, ...rows] : rows);
}
