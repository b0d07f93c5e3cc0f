import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { foldEvents, specificationOf } from '../../../platform/deciderTesting.ts';
import { catalogDecider } from './decide.ts';
import type { CatalogEvent } from './events.ts';
import {
  confirmed,
  context,
  empty,
  itemPut,
  itemsReserved,
  ORDER_ID,
  released,
  reserve,
  returned,
} from './samples.testing.ts';

const given = specificationOf(catalogDecider, empty);
const release = { type: 'ReleaseReservation', context } as const;
const confirm = { type: 'ConfirmReservation', orderId: ORDER_ID } as const;
const giveBack = { type: 'ReturnReservation', orderId: ORDER_ID } as const;
const PRECONDITION = 'FAILED_PRECONDITION';

const held = [itemPut('TEA', 5n), itemsReserved([['TEA', 2]])];
const failed: CatalogEvent = {
  type: 'ReserveFailed',
  data: { context, reason: 1, message: 'short', shortages: [], total: undefined },
};
const [free, sold, back] = [released([['TEA', 2]]), confirmed([['TEA', 2]]), returned([['TEA', 2]])];

function stock(...events: CatalogEvent[]): string {
  const item = foldEvents(catalogDecider, empty, events).items.get('TEA');
  return `${item?.reserved} of ${item?.onHand}`;
}

describe('a held reservation', () => {
  it('is released, confirmed, and returned once it is confirmed', () => {
    given(...held)
      .when(release)
      .then(free);
    given(...held)
      .when(confirm)
      .then(sold);
    given(...held, sold)
      .when(giveBack)
      .then(back);
  });

  it('moves the stock', () => {
    assert.equal(stock(...held), '2 of 5');
    assert.equal(stock(...held, free), '0 of 5');
    assert.equal(stock(...held, sold), '0 of 3');
    assert.equal(stock(...held, sold, back), '0 of 5');
  });

  it('takes repeats, and what comes late to a returned one, for what they are', () => {
    given(...held, free)
      .when(release)
      .thenNothing();
    given(...held, sold)
      .when(confirm)
      .thenNothing();
    for (const command of [giveBack, confirm, release]) {
      given(...held, sold, back)
        .when(command)
        .thenNothing();
    }
  });

  it('is final once it is released, sold or failed', () => {
    given(...held, sold)
      .when(release)
      .thenRefused(PRECONDITION, 'RESERVATION_CONFIRMED');
    given(...held, free)
      .when(confirm)
      .thenRefused(PRECONDITION, 'RESERVATION_RELEASED');
    given(failed).when(confirm).thenRefused(PRECONDITION, 'RESERVATION_FAILED');
    given(failed).when(release).thenNothing();
    given(...held)
      .when(giveBack)
      .thenRefused(PRECONDITION, 'RESERVATION_RESERVED');
    given(failed).when(giveBack).thenRefused(PRECONDITION, 'RESERVATION_FAILED');
  });
});

describe('a reservation that was never made', () => {
  it('cannot be confirmed or returned', () => {
    given().when(confirm).thenRefused('NOT_FOUND', 'RESERVATION_UNKNOWN');
    given().when(giveBack).thenRefused('NOT_FOUND', 'RESERVATION_UNKNOWN');
  });

  it('is left a tombstone by a release, which a late reserve meets', () => {
    const tombstone = released([]);
    given().when(release).then(tombstone);
    given(itemPut('TEA', 5n), tombstone)
      .when(reserve([['TEA', 1]]))
      .thenNothing();
    given(tombstone).when(release).thenNothing();
    given(tombstone).when(confirm).thenRefused(PRECONDITION, 'RESERVATION_RELEASED');
  });
});
