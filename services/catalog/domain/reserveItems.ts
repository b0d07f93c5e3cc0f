/**
 * ReserveItems: all or nothing, over the sum of the lines of one SKU, at the items' own prices. That it cannot be done is
 * an event too, with the first reason that applies: an unknown SKU, short stock, mixed currencies, a total beyond int64,
 * another total than the customer was shown.
 */
import { accept, type Decision, nothing } from '../../../platform/decider.ts';
import { ReserveFailureReason, type Shortage } from '../../../proto/gen/orderlog/catalog/v1/types.ts';
import type { OrderLine } from '../../../proto/gen/orderlog/order/v1/types.ts';
import type { ReserveItems } from './commands.ts';
import type { CatalogEvent } from './events.ts';
import { type AskedItem, priceItems } from './price.ts';
import type { CatalogState, Item } from './state.ts';

export function reserveItems(
  { context, lines }: ReserveItems,
  { reservation, items }: CatalogState,
): Decision<CatalogEvent> {
  // The first outcome stands, a release that came first included.
  if (reservation.status !== 'none') return nothing;

  const asked = sumBySku(lines);
  const known: AskedItem[] = [];
  const unknown: string[] = [];
  for (const [sku, quantity] of asked) {
    const item = items.get(sku);
    if (item) known.push({ item, quantity });
    else unknown.push(sku);
  }
  if (unknown.length > 0) {
    const message = `there is no item ${unknown.join(', ')}`;
    return failed(ReserveFailureReason.RESERVE_FAILURE_REASON_UNKNOWN_SKU, message);
  }
  const shortages = known.filter(isShort).map(shortage);
  if (shortages.length > 0) {
    const message = shortages
      .map(({ sku, requested, available }) => `${sku}: ${requested} asked for, ${available} free`)
      .join('; ');
    return failed(ReserveFailureReason.RESERVE_FAILURE_REASON_OUT_OF_STOCK, message, { shortages });
  }
  const priced = priceItems(known, context.expectedTotal);
  if ('reason' in priced) return failed(priced.reason, priced.message, { total: priced.total });
  return accept({ type: 'ItemsReserved', data: { context, ...priced } });

  function failed(
    reason: ReserveFailureReason,
    message: string,
    { shortages = [], total }: { shortages?: Shortage[]; total?: typeof context.expectedTotal } = {},
  ): Decision<CatalogEvent> {
    return accept({ type: 'ReserveFailed', data: { context, reason, message, shortages, total } });
  }
}

/** Two lines of one SKU count together; the SKUs stay in the order in which they were asked for. */
function sumBySku(lines: readonly OrderLine[]): ReadonlyMap<string, number> {
  const quantities = new Map<string, number>();
  for (const { sku, quantity } of lines) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity);
  return quantities;
}

const free = ({ onHand, reserved }: Item): bigint => onHand - reserved;
const isShort = ({ item, quantity }: AskedItem): boolean => BigInt(quantity) > free(item);
const shortage = ({ item, quantity }: AskedItem): Shortage => ({
  sku: item.sku,
  requested: BigInt(quantity),
  available: free(item),
});
