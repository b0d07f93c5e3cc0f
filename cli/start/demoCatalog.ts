/** Fills an empty catalog on the first start, so that a first order can be placed at once. Prices in EUR. */
import { derivedId } from '../../platform/ids.ts';
import type {
  ListItemsResponse,
  PutItemRequest,
} from '../../proto/gen/orderlog/catalog/v1/catalog_service.ts';

/** What it needs of CatalogService. */
export interface CatalogCalls {
  listItems(request: { pageSize: number; pageToken: string }): Promise<ListItemsResponse>;
  putItem(request: PutItemRequest): Promise<unknown>;
}

const items: readonly [sku: string, name: string, units: bigint, cents: number, onHand: bigint][] = [
  ['SKU-COFFEE', 'Coffee beans, 1 kg', 18n, 90, 1_000_000_000n],
  ['SKU-ESPRESSO', 'Espresso beans, 1 kg', 21n, 50, 1_000_000n],
  ['SKU-TEA', 'Darjeeling, first flush, 100 g', 14n, 20, 500_000n],
  ['SKU-MUG', 'Stoneware mug', 9n, 80, 50_000n],
  ['SKU-FILTER', 'Paper filters, 100 pieces', 3n, 45, 200_000n],
  ['SKU-KETTLE', 'Gooseneck kettle', 69n, 0, 5_000n],
  ['SKU-GRINDER', 'Hand grinder', 129n, 0, 2_000n],
  ['SKU-LAST-ONE', 'Signed first edition', 250n, 0, 1n],
  ['SKU-SOLD-OUT', 'Moka pot, brass', 89n, 0, 0n],
];

/**
 * Adds the demo items where there are no others: some may be there already, from a start that was broken off. Returns how many
 * it added.
 */
export async function fillEmptyCatalog(catalog: CatalogCalls): Promise<number> {
  const page = await catalog.listItems({ pageSize: items.length + 1, pageToken: '' });
  const found = new Set(page.items.map(({ sku }) => sku));
  const lacking = items.filter(([sku]) => !found.has(sku));
  if (lacking.length !== items.length - found.size) return 0;
  for (const [sku, name, units, cents, initialOnHand] of lacking) {
    await catalog.putItem({
      requestId: derivedId(`demo-item/${sku}`),
      sku,
      name,
      unitPrice: { currencyCode: 'EUR', units, nanos: cents * 10_000_000 },
      initialOnHand,
    });
  }
  return lacking.length;
}
