import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { StoredEvent } from '../../platform/events.ts';
import { rowName, type WorkingSet } from '../../platform/fold.ts';
import type { RowKey } from '../../platform/writeModel.ts';
import { type CatalogCommand, isItemCommand } from './domain/commands.ts';
import { contextOf, empty, putItem, reserve } from './domain/samples.testing.ts';
import type { CatalogState, Reservation } from './domain/state.ts';
import { anySequence, emptyTables, itemsOf, reservationsOf, run, SKUS, sku } from './inMemory.testing.ts';
import { catalogModel } from './model.ts';

const piecesIn = (reservations: readonly Reservation[], status: string, of: string): bigint =>
  reservations
    .flatMap((reservation) =>
      reservation.status === status && 'lines' in reservation ? reservation.lines : [],
    )
    .filter((line) => line.sku === of)
    .reduce((sum, { quantity }) => sum + BigInt(quantity), 0n);

/** What each item's own events brought in, less what went out. */
function deliveredOf(events: readonly StoredEvent[], of: string): bigint {
  let pieces = 0n;
  for (const { type, payload } of events) {
    const event = catalogModel.codec.decode(type, payload);
    if (event?.type === 'ItemPut' && event.data.sku === of) pieces += event.data.initialOnHand;
    if (event?.type === 'StockAdjusted' && event.data.sku === of) pieces += event.data.delta;
  }
  return pieces;
}

function assertStockIsRight(rows: WorkingSet, events: readonly StoredEvent[]): void {
  const reservations = reservationsOf(rows);
  for (const item of itemsOf(rows)) {
    assert.ok(0n <= item.reserved && item.reserved <= item.onHand, `${item.reserved} of ${item.onHand}`);
    assert.equal(item.reserved, piecesIn(reservations, 'reserved', item.sku));
    assert.equal(item.onHand, deliveredOf(events, item.sku) - piecesIn(reservations, 'confirmed', item.sku));
  }
}

/** Everything folded anew from bytes, aggregate by aggregate: items first. */
function assertFoldIsRows(rows: WorkingSet, events: readonly StoredEvent[]): void {
  const rebuilt = emptyTables();
  for (const { type, payload, version, time } of events.toSorted(
    (a, b) => Number(isOfOrder(a)) - Number(isOfOrder(b)),
  )) {
    const event = catalogModel.codec.decode(type, payload);
    assert.ok(event);
    const key: RowKey = catalogModel.address(event);
    const before: CatalogState = {
      reservation:
        key.table === 'reservations' ? (rebuilt.get(rowName(key))?.state as Reservation) : empty.reservation,
      items: new Map(itemsOf(rebuilt).map((item) => [item.sku, item])),
    };
    const after = catalogModel.decider.evolve(before, event, { version, time });
    for (const touched of [key, ...SKUS.map((of) => ({ table: 'items', key: of }))]) {
      const row = rebuilt.get(rowName(touched));
      assert.ok(row);
      const ownVersion = touched === key ? version : row.version;
      rebuilt.set(rowName(touched), {
        ...row,
        state: catalogModel.pick(after, touched),
        version: ownVersion,
      });
    }
  }
  const contents = (set: WorkingSet) => [...set].map(([name, { state, version }]) => [name, version, state]);
  assert.deepEqual(contents(rebuilt), contents(rows));
}

const isOfOrder = ({ streamId }: StoredEvent): boolean => streamId.startsWith('reservation/');

describe('the stock, under any sequence of commands', () => {
  it('is never negative nor oversold, and adds up', () => {
    fc.assert(
      fc.property(anySequence, (commands) => {
        const rows = emptyTables();
        const events: StoredEvent[] = [];
        for (const command of commands) {
          events.push(...run(rows, [command]));
          assertStockIsRight(rows, events);
        }
        assertFoldIsRows(rows, events);
      }),
      { numRuns: 300 },
    );
  });

  it('is the same whether commands come one by one or as a batch', () => {
    fc.assert(
      fc.property(anySequence, (commands) => {
        const [single, batched] = [emptyTables(), emptyTables()];
        const events = commands.flatMap((command) => run(single, [command]));
        assert.deepEqual(run(batched, commands), events);
        assert.deepEqual(itemsOf(batched), itemsOf(single));
        assert.deepEqual(reservationsOf(batched), reservationsOf(single));
      }),
    );
  });

  it('ends with the first outcome of each order, however often its commands are repeated', () => {
    fc.assert(
      fc.property(anySequence, (commands) => {
        const twice = commands.flatMap((command): CatalogCommand[] =>
          isItemCommand(command) ? [command] : [command, command],
        );
        const [once, repeated] = [emptyTables(), emptyTables()];
        assert.deepEqual(run(repeated, twice), run(once, commands));
      }),
    );
  });

  it('is held for exactly what was asked for, over all lines of a SKU, or not at all', () => {
    const lines = fc.array(fc.tuple(sku, fc.integer({ min: 1, max: 6 })), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(lines, (asked) => {
        const rows = emptyTables();
        run(rows, [...SKUS.map((of) => putItem(of, 9n)), reserve(asked, contextOf('order-1'))]);
        const sums = SKUS.map((of) =>
          asked.reduce((sum, [line, quantity]) => sum + (line === of ? quantity : 0), 0),
        );
        const isShort = sums.some((sum) => sum > 9);
        const expected = isShort ? SKUS.map(() => 0n) : sums.map(BigInt);
        assert.deepEqual(
          itemsOf(rows).map(({ reserved }) => reserved),
          expected,
        );
      }),
    );
  });
});
