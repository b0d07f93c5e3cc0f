/** PutItem and AdjustStock. */
import { accept, type Decision, nothing, refuse } from '../../../platform/decider.ts';
import { moneyOf } from '../../../platform/money.ts';
import type { AdjustStock, PutItem } from './commands.ts';
import type { CatalogEvent } from './events.ts';
import { belowReserved, itemUnknown, stockTooLarge } from './refusals.ts';
import type { Item } from './state.ts';

/** Pieces on one shelf: so far from int64's end that no return of goods gets there. */
const MAX_ON_HAND = 1_000_000_000_000n;

export function putItem(command: PutItem, item: Item | undefined): Decision<CatalogEvent> {
  const { sku, name, price, initialOnHand } = command;
  if (item?.name === name && item.price.currency === price.currency && item.price.minor === price.minor) {
    return nothing;
  }
  return accept({
    type: 'ItemPut',
    data: { sku, name, unitPrice: moneyOf(price), initialOnHand: item ? 0n : initialOnHand },
  });
}

export function adjustStock(
  { sku, delta, reason }: AdjustStock,
  item: Item | undefined,
): Decision<CatalogEvent> {
  if (!item) return refuse(itemUnknown(sku));
  const onHand = item.onHand + delta;
  if (onHand < item.reserved) return refuse(belowReserved(item, delta));
  if (onHand > MAX_ON_HAND) return refuse(stockTooLarge(item, MAX_ON_HAND));
  return accept({ type: 'StockAdjusted', data: { sku, delta, onHand, reason } });
}
