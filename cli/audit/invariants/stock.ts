/**
 * The stock, counted again from Catalog's events in the order of their commits (an item's row is locked by whatever changes
 * it, so positions tell that order): never negative, never more held than there is, and in the end what the rows say. Keeps
 * one small record an item.
 */
import { sql } from 'kysely';
import { type ItemEvent, itemEvents, type ReservationEvent, reservationEvents } from '../events.ts';
import type { Invariant, Report } from '../invariant.ts';
import { readAhead } from '../readAhead.ts';
import { positionRanges, type Snapshot } from '../snapshot.ts';
import { type CatalogEventRow, checkItemEvent } from './itemHistory.ts';

interface Shelf {
  onHand: bigint;
  reserved: bigint;
  /** Told once. */
  isWrong: boolean;
}

/** What an event makes of an item. */
interface Change {
  readonly sku: string;
  readonly onHand: bigint;
  readonly reserved: bigint;
}

const WRONG_STOCK = 'its stock is not what its events come to';

export const stock: Invariant = {
  name: 'stock',
  promise:
    'on hand = initial + adjustments - confirmed + returned, reserved = the open reservations, never negative',
  // An item that is sold meanwhile has other counts in the next snapshot.
  lasting: [WRONG_STOCK],
  async check({ databases: { catalog } }, report) {
    const shelves = new Map<string, Shelf>();
    const history = report.of('history');
    for await (const { rows, done, total } of readAhead(eventPages(catalog))) {
      for (const row of rows) {
        checkItemEvent(row, history);
        apply(shelves, row, report);
      }
      report.progress(done, total);
    }
    await compareRows(catalog, shelves, report);
  },
};

async function* eventPages(catalog: Snapshot) {
  for await (const { after, upTo, done, total } of positionRanges(catalog)) {
    const { rows } = await sql<CatalogEventRow>`
      select stream_id, version, event_id, type, partition, payload from events
      where position > ${after} and position <= ${upTo} order by position`.execute(catalog.tx);
    yield { rows, done, total };
  }
}

function apply(shelves: Map<string, Shelf>, row: CatalogEventRow, report: Report): void {
  const evidence = { event: `${row.stream_id} v${row.version} ${row.type}`, id: row.event_id };
  for (const { sku, onHand, reserved } of changesOf(row)) {
    const shelf = shelves.get(sku) ?? { onHand: 0n, reserved: 0n, isWrong: false };
    shelves.set(sku, shelf);
    shelf.onHand += onHand;
    shelf.reserved += reserved;
    const isRight = shelf.onHand >= 0n && shelf.reserved >= 0n && shelf.reserved <= shelf.onHand;
    if (isRight || shelf.isWrong) continue;
    shelf.isWrong = true;
    const counted = { 'on hand': String(shelf.onHand), reserved: String(shelf.reserved) };
    report.violation(`item ${sku}`, 'it was oversold', { ...evidence, ...counted });
  }
  const told = itemEventOf(row);
  if (told?.type !== 'StockAdjusted') return;
  const counted = shelves.get(told.data.sku)?.onHand ?? 0n;
  if (counted === told.data.onHand) return;
  const numbers = { counted: String(counted), told: String(told.data.onHand) };
  report.violation(`item ${told.data.sku}`, 'an adjustment tells of another stock', {
    ...evidence,
    ...numbers,
  });
}

function changesOf(row: CatalogEventRow): readonly Change[] {
  const event: ItemEvent | ReservationEvent | undefined = itemEventOf(row) ?? reservationEventOf(row);
  switch (event?.type) {
    case 'ItemPut':
      return [{ sku: event.data.sku, onHand: event.data.initialOnHand, reserved: 0n }];
    case 'StockAdjusted':
      return [{ sku: event.data.sku, onHand: event.data.delta, reserved: 0n }];
    case 'ItemsReserved':
      return event.data.lines.map(({ sku, quantity }) => ({ sku, onHand: 0n, reserved: BigInt(quantity) }));
    case 'ReservationReleased':
      return event.data.lines.map(({ sku, quantity }) => ({ sku, onHand: 0n, reserved: -quantity }));
    case 'ReservationConfirmed':
      return event.data.lines.map(({ sku, quantity }) => ({ sku, onHand: -quantity, reserved: -quantity }));
    case 'ReservationReturned':
      return event.data.lines.map(({ sku, quantity }) => ({ sku, onHand: quantity, reserved: 0n }));
    default:
      return [];
  }
}

/** undefined: of another kind, or unreadable, of which `history` tells. */
const itemEventOf = ({ type, payload }: CatalogEventRow) => tryTo(() => itemEvents.decode(type, payload));
const reservationEventOf = ({ type, payload }: CatalogEventRow) =>
  tryTo(() => reservationEvents.decode(type, payload));

function tryTo<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

async function compareRows({ tx }: Snapshot, shelves: Map<string, Shelf>, report: Report): Promise<void> {
  const none: Shelf = { onHand: 0n, reserved: 0n, isWrong: false };
  for (let after = ''; ; ) {
    const { rows } = await sql<{ sku: string; on_hand: bigint; reserved: bigint; version: number }>`
      select sku, on_hand, reserved, version from items where sku > ${after} order by sku limit 1000`.execute(
      tx,
    );
    for (const { sku, on_hand, reserved, version } of rows) {
      const counted = shelves.get(sku) ?? none;
      shelves.delete(sku);
      if (counted.onHand === on_hand && counted.reserved === reserved) continue;
      report.violation(`item ${sku}`, WRONG_STOCK, {
        version,
        'on hand': String(on_hand),
        'on hand by its events': String(counted.onHand),
        reserved: String(reserved),
        'open reservations': String(counted.reserved),
      });
    }
    const last = rows.at(-1);
    if (!last) break;
    after = last.sku;
  }
  for (const sku of shelves.keys()) report.violation(`item ${sku}`, 'it has events and no row');
}
