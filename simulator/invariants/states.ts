/** 8: every aggregate's versions are 1..n, and its events folded anew are the row that is stored. */
import { isDeepStrictEqual } from 'node:util';
import type { AnyEvent } from '../../platform/events.ts';
import type { CommittedEvent } from '../store.ts';
import { memoryTable } from '../tables.ts';
import { Violation } from '../violation.ts';
import type { SimService, World } from '../world.ts';

export function auditStates(world: World): void {
  const { order, catalog, payment } = world.services;
  for (const { store } of [order, catalog, payment]) {
    for (const [streamId, events] of store.streams) {
      const gap = events.findIndex(({ version }, index) => version !== index + 1);
      if (gap >= 0) throw new Violation(8, `${streamId} lacks version ${gap + 1}`);
    }
  }
  auditPayments(payment);
  auditCatalog(catalog);
}

const decodeAll = ({ parts }: SimService, events: readonly CommittedEvent[]) =>
  events.map((stored) => ({
    stored,
    event: parts.model.codec.decode(stored.type, stored.payload) as AnyEvent,
  }));

function auditPayments(service: SimService): void {
  const { store, parts } = service;
  const { model } = parts;
  for (const [paymentId, events] of store.streams) {
    const row = { table: 'payments', key: paymentId };
    let state = model.assemble((key) => (key.table === 'payments' ? { status: 'none' } : false), {
      type: 'RecordCaptured',
      orderId: '',
    });
    for (const { event, stored } of decodeAll(service, events))
      state = model.decider.evolve(state, event, stored);
    expectRow(service, row.table, paymentId, model.pick(state, row), events.length);
  }
}

/** Reservations and items are folded together: a reservation's events move the items' pieces. */
function auditCatalog(service: SimService): void {
  const { store, parts } = service;
  let items: unknown = new Map();
  const reservations = new Map<string, unknown>();
  for (const { event, stored } of decodeAll(service, store.events)) {
    const address = parts.model.address(event);
    const reservation = reservations.get(address.key) ?? { status: 'none' };
    const state = { items, reservation: address.table === 'reservations' ? reservation : { status: 'none' } };
    const after = parts.model.decider.evolve(state, event, stored) as typeof state;
    items = after.items;
    if (address.table === 'reservations') reservations.set(address.key, after.reservation);
  }
  for (const [orderId, reservation] of reservations) {
    expectRow(
      service,
      'reservations',
      orderId,
      reservation,
      store.streams.get(`reservation/${orderId}`)?.length ?? 0,
    );
  }
  for (const [sku, item] of items as Map<string, unknown>) {
    expectRow(service, 'items', sku, item, store.streams.get(`item/${sku}`)?.length ?? 0);
  }
}

function expectRow(
  { store }: SimService,
  table: string,
  key: string,
  folded: unknown,
  version: number,
): void {
  const row = memoryTable(table).read(store, key);
  if (row?.version !== version) {
    throw new Violation(8, `${table}/${key} is at version ${row?.version}, and has ${version} events`);
  }
  if (!isDeepStrictEqual(row.state, folded)) {
    throw new Violation(8, `${table}/${key} is not the fold of its events`);
  }
}
