import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { foldEvents, NOW, specificationOf } from '../../../platform/deciderTesting.ts';
import { catalogDecider } from './decide.ts';
import type { CatalogEvent } from './events.ts';
import { confirmed, empty, euro, itemPut, itemsReserved, putItem, released } from './samples.testing.ts';

const given = specificationOf(catalogDecider, empty);
const adjust = (delta: bigint) => ({ type: 'AdjustStock', sku: 'TEA', delta, reason: 'counted' }) as const;
const adjusted = (delta: bigint, onHand: bigint): CatalogEvent => ({
  type: 'StockAdjusted',
  data: { sku: 'TEA', delta, onHand, reason: 'counted' },
});

describe('PutItem', () => {
  it('adds an item with its stock', () => given().when(putItem('TEA', 5n)).then(itemPut('TEA', 5n)));

  it('changes name and price, and leaves the stock alone', () => {
    const events = [itemPut('TEA', 5n), itemsReserved([['TEA', 2]]), itemPut('TEA', 0n, euro(99n))];
    given(...events.slice(0, 2))
      .when(putItem('TEA', 7n, euro(99n)))
      .then(itemPut('TEA', 0n, euro(99n)));
    assert.deepEqual(foldEvents(catalogDecider, empty, events).items.get('TEA'), {
      sku: 'TEA',
      name: 'a TEA',
      price: euro(99n),
      onHand: 5n,
      reserved: 2n,
    });
  });

  it('changes nothing where nothing is new', () =>
    given(itemPut('TEA', 5n)).when(putItem('TEA', 9n)).thenNothing());
});

describe('AdjustStock', () => {
  const held = [itemPut('TEA', 5n), itemsReserved([['TEA', 2]])];

  it('adds and takes away, down to what is reserved', () => {
    given(...held)
      .when(adjust(7n))
      .then(adjusted(7n, 12n));
    given(...held)
      .when(adjust(-3n))
      .then(adjusted(-3n, 2n));
  });

  it('is refused below what is reserved, and says why and how much is possible', () => {
    given(...held)
      .when(adjust(-4n))
      .thenRefused('FAILED_PRECONDITION', 'STOCK_BELOW_RESERVED');
    const decision = catalogDecider.decide(adjust(-4n), foldEvents(catalogDecider, empty, held), {
      now: NOW,
    });
    assert.ok('refusal' in decision);
    assert.deepEqual(decision.refusal, {
      code: 'FAILED_PRECONDITION',
      reason: 'STOCK_BELOW_RESERVED',
      message: 'TEA has 5 on hand, 2 of them reserved: 4 cannot be taken away, at most 3',
      field: 'delta',
    });
  });

  it('is possible again once what is reserved is released or sold', () => {
    given(...held, released([['TEA', 2]]))
      .when(adjust(-5n))
      .then(adjusted(-5n, 0n));
    given(...held, confirmed([['TEA', 2]]))
      .when(adjust(-3n))
      .then(adjusted(-3n, 0n));
  });

  it('is refused beyond what a shelf can keep', () => {
    given(itemPut('TEA', 1_000_000_000_000n - 1n))
      .when(adjust(1n))
      .then(adjusted(1n, 1_000_000_000_000n));
    given(itemPut('TEA', 1_000_000_000_000n))
      .when(adjust(1n))
      .thenRefused('FAILED_PRECONDITION', 'STOCK_TOO_LARGE');
  });

  it('needs the item', () => given().when(adjust(1n)).thenRefused('NOT_FOUND', 'ITEM_UNKNOWN'));
});
