import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { Item } from '../../proto/gen/orderlog/catalog/v1/catalog_service.ts';
import { type CatalogCalls, fillEmptyCatalog } from './demoCatalog.ts';

/** Takes so many items and no more. */
function catalogOf(skus: string[], room = Number.POSITIVE_INFINITY): CatalogCalls {
  return {
    listItems: async ({ pageSize }) => ({
      items: skus.slice(0, pageSize).map((sku) => Item.fromPartial({ sku })),
      nextPageToken: '',
    }),
    async putItem({ sku }) {
      if (skus.length >= room) throw new Error('it has gone');
      skus.push(sku);
    },
  };
}

describe('the demo catalog', () => {
  it('is put into an empty catalog, once', async () => {
    const skus: string[] = [];
    assert.equal(await fillEmptyCatalog(catalogOf(skus)), 9);
    assert.equal(await fillEmptyCatalog(catalogOf(skus)), 0);
    assert.equal(new Set(skus).size, 9);
  });

  it('is put in to its end by a start after one that was broken off', async () => {
    const skus: string[] = [];
    await assert.rejects(fillEmptyCatalog(catalogOf(skus, 3)), /it has gone/);
    assert.equal(await fillEmptyCatalog(catalogOf(skus)), 6);
    assert.ok(skus.includes('SKU-LAST-ONE') && skus.includes('SKU-SOLD-OUT'));
    assert.equal(skus.length, 9);
  });

  it("leaves a catalog alone that has somebody's own items", async () => {
    const skus = ['SKU-COFFEE', 'SKU-OWN'];
    assert.equal(await fillEmptyCatalog(catalogOf(skus)), 0);
    assert.deepEqual(skus, ['SKU-COFFEE', 'SKU-OWN']);
  });
});
