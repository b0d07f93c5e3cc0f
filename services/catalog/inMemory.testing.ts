/** The catalog's tables in memory, run through the write path's own fold, and any sequence of commands on them. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { NOW } from '../../platform/deciderTesting.ts';
import type { StoredEvent } from '../../platform/events.ts';
import { type Envelope, foldCommands, rowName, type WorkingSet } from '../../platform/fold.ts';
import type { CatalogCommand, ReservationCommand } from './domain/commands.ts';
import {
  byRpc,
  confirmFor,
  contextOf,
  euro,
  giveBackFor,
  putItem,
  reserve,
} from './domain/samples.testing.ts';
import type { CatalogState, Item, Reservation } from './domain/state.ts';
import { catalogModel } from './model.ts';

export const SKUS = ['TEA', 'MUG', 'JAR'];
export const ORDERS = ['order-1', 'order-2', 'order-3', 'order-4', 'order-5'];

export const sku = fc.constantFrom(...SKUS);
const orderId = fc.constantFrom(...ORDERS);
const ofOrder: fc.Arbitrary<ReservationCommand> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(orderId, fc.array(fc.tuple(sku, fc.integer({ min: 1, max: 6 })), { minLength: 1, maxLength: 4 }))
      .map(([id, lines]) => reserve(lines, contextOf(id))),
  },
  { weight: 2, arbitrary: orderId.map(confirmFor) },
  {
    weight: 2,
    arbitrary: orderId.map((id) => ({ type: 'ReleaseReservation', context: contextOf(id) }) as const),
  },
  { weight: 1, arbitrary: orderId.map(giveBackFor) },
);
const anyCommand: fc.Arbitrary<CatalogCommand> = fc.oneof(
  { weight: 7, arbitrary: ofOrder },
  { weight: 2, arbitrary: ofOrder.map(byRpc) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(sku, fc.bigInt({ min: -8n, max: 8n }))
      .map(([of, delta]) => ({ type: 'AdjustStock', sku: of, delta, reason: '' }) as const),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(sku, fc.bigInt({ min: 0n, max: 9n }), fc.bigInt({ min: 0n, max: 500n }))
      .map(([of, onHand, price]) => putItem(of, onHand, euro(price))),
  },
);

export const anySequence = fc
  .array(anyCommand, { minLength: 20, maxLength: 60 })
  .map((commands) => [...SKUS.map((of) => putItem(of, 9n)), ...commands]);

export function emptyTables(): WorkingSet {
  const rows: WorkingSet = new Map();
  const keys = { items: SKUS, reservations: ORDERS };
  for (const { name, initial } of catalogModel.tables) {
    for (const key of keys[name as keyof typeof keys]) {
      const row = {
        key: { table: name, key },
        state: initial(key),
        version: 0,
        storedVersion: 0,
        dirty: false,
      };
      rows.set(rowName(row.key), row);
    }
  }
  return rows;
}

const states = <T>(rows: WorkingSet, table: string, keys: readonly string[]) =>
  keys.map((key) => rows.get(rowName({ table, key }))?.state as T);
export const itemsOf = (rows: WorkingSet) =>
  states<Item | undefined>(rows, 'items', SKUS).flatMap((item) => item ?? []);
export const reservationsOf = (rows: WorkingSet) => states<Reservation>(rows, 'reservations', ORDERS);

export function run(rows: WorkingSet, commands: readonly CatalogCommand[]): StoredEvent[] {
  const envelopes = commands.map(
    (command): Envelope<CatalogState, CatalogCommand> => ({ command, now: NOW }),
  );
  const { outcomes, events } = foldCommands(catalogModel, rows, envelopes, 1_000_000);
  for (const outcome of outcomes)
    assert.notEqual(outcome.kind, 'failed', String('error' in outcome && outcome.error));
  return events;
}
