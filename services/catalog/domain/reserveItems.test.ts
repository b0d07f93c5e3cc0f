import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { foldEvents, NOW, specificationOf } from '../../../platform/deciderTesting.ts';
import { type Amount, moneyOf } from '../../../platform/money.ts';
import { ReserveFailureReason } from '../../../proto/gen/orderlog/catalog/v1/types.ts';
import { catalogDecider } from './decide.ts';
import type { CatalogEvent } from './events.ts';
import {
  context,
  contextOf,
  empty,
  euro,
  itemPut,
  itemsReserved,
  ORDER_ID,
  reserve,
} from './samples.testing.ts';

const given = specificationOf(catalogDecider, empty);
const INT64_MAX = 2n ** 63n - 1n;

/** What comes of a reserve: the event's data. */
function outcome(items: readonly CatalogEvent[], command = reserve([['TEA', 1]])) {
  const decision = catalogDecider.decide(command, foldEvents(catalogDecider, empty, items), { now: NOW });
  assert.ok('events' in decision && decision.events.length === 1);
  const [event] = decision.events;
  assert.ok(event);
  return event;
}

function failure(items: readonly CatalogEvent[], command = reserve([['TEA', 1]])) {
  const event = outcome(items, command);
  assert.ok(event.type === 'ReserveFailed');
  assert.ok(event.data.message.length > 0);
  return event.data;
}

describe('ReserveItems', () => {
  it('holds the goods at the prices of the items', () => {
    given(itemPut('TEA', 5n), itemPut('MUG', 5n))
      .when(
        reserve([
          ['TEA', 2],
          ['MUG', 5],
        ]),
      )
      .then(
        itemsReserved([
          ['TEA', 2],
          ['MUG', 5],
        ]),
      );
  });

  it('counts two lines of one SKU together, as one line', () => {
    const twice = reserve([
      ['TEA', 2],
      ['TEA', 3],
    ]);
    given(itemPut('TEA', 5n))
      .when(twice)
      .then(itemsReserved([['TEA', 5]]));
    assert.deepEqual(failure([itemPut('TEA', 4n)], twice).shortages, [
      { sku: 'TEA', requested: 5n, available: 4n },
    ]);
  });

  it('holds all or nothing, and tells all that is short', () => {
    const lines = reserve([
      ['TEA', 1],
      ['MUG', 2],
      ['JAR', 3],
    ]);
    const { reason, shortages } = failure(
      [itemPut('TEA', 5n), itemPut('MUG', 1n), itemPut('JAR', 0n)],
      lines,
    );
    assert.equal(reason, ReserveFailureReason.RESERVE_FAILURE_REASON_OUT_OF_STOCK);
    assert.deepEqual(shortages, [
      { sku: 'MUG', requested: 2n, available: 1n },
      { sku: 'JAR', requested: 3n, available: 0n },
    ]);
  });

  it('sells no piece that is held for somebody else', () => {
    const other = contextOf('another order');
    const held: CatalogEvent = {
      type: 'ItemsReserved',
      data: { context: other, lines: [], total: undefined },
    };
    const items = [itemPut('TEA', 5n), { ...held, data: { ...held.data, lines: [line('TEA', 4)] } }];
    const state = { ...foldEvents(catalogDecider, empty, items), reservation: empty.reservation };
    const decision = catalogDecider.decide(reserve([['TEA', 2]]), state, { now: NOW });
    assert.ok('events' in decision && decision.events[0]?.type === 'ReserveFailed');
    assert.deepEqual(decision.events[0].data.shortages, [{ sku: 'TEA', requested: 2n, available: 1n }]);
  });

  it('fails for SKUs that it does not know, and names them', () => {
    const lines = reserve([
      ['TEA', 1],
      ['WHAT', 1],
      ['EVER', 1],
    ]);
    const { reason, message } = failure([itemPut('TEA', 5n)], lines);
    assert.equal(reason, ReserveFailureReason.RESERVE_FAILURE_REASON_UNKNOWN_SKU);
    assert.match(message, /WHAT, EVER/);
  });

  it('fails for a total that is not the one expected, and tells the right one', () => {
    const expecting = (expected: Amount) =>
      reserve([['TEA', 2]], { ...context, expectedTotal: moneyOf(expected) });
    given(itemPut('TEA', 5n))
      .when(expecting(euro(3780n)))
      .then({
        type: 'ItemsReserved',
        data: {
          ...itemsReserved([['TEA', 2]]).data,
          context: { ...context, expectedTotal: moneyOf(euro(3780n)) },
        },
      } as CatalogEvent);
    for (const other of [euro(3781n), { currency: 'USD', minor: 3780n }]) {
      const { reason, total, message } = failure([itemPut('TEA', 5n)], expecting(other));
      assert.equal(reason, ReserveFailureReason.RESERVE_FAILURE_REASON_PRICE_CHANGED);
      assert.deepEqual(total, moneyOf(euro(3780n)));
      assert.match(message, /EUR 37\.80/);
    }
  });

  it('fails for items in different currencies', () => {
    const items = [itemPut('TEA', 5n), itemPut('MUG', 5n, { currency: 'JPY', minor: 900n })];
    const lines = reserve([
      ['TEA', 1],
      ['MUG', 1],
    ]);
    assert.equal(failure(items, lines).reason, ReserveFailureReason.RESERVE_FAILURE_REASON_MIXED_CURRENCIES);
  });

  it('fails for a total beyond int64, in one line or in the sum, and takes one that just fits', () => {
    const reason = ReserveFailureReason.RESERVE_FAILURE_REASON_TOTAL_OVERFLOW;
    const half = INT64_MAX / 2n;
    assert.equal(failure([itemPut('TEA', 9n, euro(half))], reserve([['TEA', 3]])).reason, reason);
    const both = [itemPut('TEA', 9n, euro(INT64_MAX)), itemPut('MUG', 9n, euro(1n))];
    const lines = reserve([
      ['TEA', 1],
      ['MUG', 1],
    ]);
    assert.equal(failure(both, lines).reason, reason);
    const fits = outcome([itemPut('TEA', 9n, euro(INT64_MAX))]);
    assert.ok(fits.type === 'ItemsReserved');
    assert.deepEqual(fits.data.total, moneyOf(euro(INT64_MAX)));
  });

  it('gets the first outcome when it comes again, whatever has changed since', () => {
    const first = itemsReserved([['TEA', 5]]);
    given(itemPut('TEA', 5n), first)
      .when(reserve([['TEA', 5]]))
      .thenNothing();
    const short = outcome([itemPut('TEA', 0n)]);
    given(itemPut('TEA', 0n), short, {
      type: 'StockAdjusted',
      data: { sku: 'TEA', delta: 9n, onHand: 9n, reason: '' },
    })
      .when(reserve([['TEA', 1]]))
      .thenNothing();
  });

  it('is refused where a newer version has written the reservation', () => {
    specificationOf(catalogDecider, { ...empty, reservation: { status: 'unreadable' } })()
      .when(reserve([['TEA', 1]], contextOf(ORDER_ID)))
      .thenRefused('UNAVAILABLE', 'HISTORY_UNREADABLE');
  });
});

const line = (sku: string, quantity: number) => ({
  sku,
  name: sku,
  quantity,
  unitPrice: undefined,
  lineTotal: undefined,
});
