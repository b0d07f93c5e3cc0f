import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { foldEvents, specificationOf } from '../../../platform/deciderTesting.ts';
import { SagaMode } from '../../../proto/gen/orderlog/saga/v1/saga.ts';
import { catalogDecider } from './decide.ts';
import type { CatalogEvent } from './events.ts';
import {
  byRpc,
  commands,
  confirmed,
  context,
  contextOf,
  empty,
  itemPut,
  itemsReserved,
  ORDER_ID,
  released,
  reserve,
  returned,
} from './samples.testing.ts';

const given = specificationOf(catalogDecider, empty);
const { ReleaseReservation: release, ConfirmReservation: confirm, ReturnReservation: giveBack } = commands;
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

describe('a reservation, asked for by rpc', () => {
  const { SAGA_MODE_CHOREOGRAPHY, SAGA_MODE_ORCHESTRATION, SAGA_MODE_DIRECT } = SagaMode;
  const contextIn = (mode: SagaMode) => contextOf(ORDER_ID, { mode });
  const of = (mode: SagaMode, event: CatalogEvent): CatalogEvent =>
    ({ ...event, data: { ...event.data, context: contextIn(mode) } }) as CatalogEvent;
  const heldIn = (mode: SagaMode) => [itemPut('TEA', 5n), of(mode, itemsReserved([['TEA', 2]]))];

  it('stays where it is while an order that drives itself holds it', () => {
    for (const mode of [SAGA_MODE_CHOREOGRAPHY, SAGA_MODE_ORCHESTRATION]) {
      for (const command of [release, confirm]) {
        given(...heldIn(mode))
          .when(byRpc(command))
          .thenRefused(PRECONDITION, 'RESERVATION_OF_ORDER');
      }
      given(...heldIn(mode), of(mode, sold))
        .when(byRpc(giveBack))
        .thenRefused(PRECONDITION, 'RESERVATION_OF_ORDER');
    }
  });

  it('is told what it is where nothing would change', () => {
    given(...held, sold)
      .when(byRpc(release))
      .thenRefused(PRECONDITION, 'RESERVATION_CONFIRMED');
    given(...held, sold)
      .when(byRpc(confirm))
      .thenNothing();
    given(...held, free)
      .when(byRpc(release))
      .thenNothing();
    given(...held, sold, back)
      .when(byRpc(giveBack))
      .thenNothing();
    given(failed).when(byRpc(confirm)).thenRefused(PRECONDITION, 'RESERVATION_FAILED');
  });

  it('is what the caller says in a direct saga', () => {
    const direct = heldIn(SAGA_MODE_DIRECT);
    const soldDirect = of(SAGA_MODE_DIRECT, sold);
    given(...direct)
      .when(byRpc(release))
      .then(of(SAGA_MODE_DIRECT, free));
    given(...direct)
      .when(byRpc(confirm))
      .then(soldDirect);
    given(...direct, soldDirect)
      .when(byRpc(giveBack))
      .then(of(SAGA_MODE_DIRECT, back));
  });

  it('is never made where its release came first', () =>
    given()
      .when(byRpc(release))
      .then(of(SAGA_MODE_DIRECT, released([]))));

  it('is given up by its order, though it was made by rpc', () =>
    given(...heldIn(SAGA_MODE_DIRECT))
      .when(release)
      .then(of(SAGA_MODE_DIRECT, free)));
});
