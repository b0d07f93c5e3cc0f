/** Items and a reservation after one more event. Never decides: what the history says has happened. */
import { amountOf } from '../../../platform/money.ts';
import { Money } from '../../../proto/gen/google/type/money.ts';
import type { ItemPut } from '../../../proto/gen/orderlog/catalog/v1/events.ts';
import { SagaContext } from '../../../proto/gen/orderlog/saga/v1/saga.ts';
import type { CatalogEvent } from './events.ts';
import type { CatalogState, HeldReservation, Item } from './state.ts';

type Lines = readonly { readonly sku: string; readonly quantity: number | bigint }[];
type Change = (item: Item, quantity: bigint) => Item;

export function evolve(state: CatalogState, event: CatalogEvent): CatalogState {
  switch (event.type) {
    case 'ItemPut': {
      const { sku } = event.data;
      return { ...state, items: new Map(state.items).set(sku, put(state.items.get(sku), event.data)) };
    }
    case 'StockAdjusted': {
      const line = { sku: event.data.sku, quantity: event.data.delta };
      return { ...state, items: changed(state.items, [line], deliver) };
    }
    case 'ItemsReserved': {
      const { context = noContext, lines, total } = event.data;
      const reservation: HeldReservation = { status: 'reserved', context, lines, total };
      return { reservation, items: changed(state.items, lines, hold) };
    }
    case 'ReserveFailed': {
      const { context = noContext, reason, message, shortages, total } = event.data;
      const reservation = { status: 'failed', context, reason, message, shortages, total } as const;
      return { ...state, reservation };
    }
    case 'ReservationReleased':
      return settled(state, event.data, 'released', release);
    case 'ReservationConfirmed':
      return settled(state, event.data, 'confirmed', takeAway);
    case 'ReservationReturned':
      return settled(state, event.data, 'returned', deliver);
    default:
      event satisfies never;
      return state;
  }
}

const noContext = SagaContext.fromPartial({});

const hold: Change = (item, quantity) => ({ ...item, reserved: item.reserved + quantity });
const release: Change = (item, quantity) => ({ ...item, reserved: item.reserved - quantity });
const deliver: Change = (item, quantity) => ({ ...item, onHand: item.onHand + quantity });
const takeAway: Change = (item, quantity) => deliver(release(item, quantity), -quantity);

function changed(items: ReadonlyMap<string, Item>, lines: Lines, change: Change): ReadonlyMap<string, Item> {
  const next = new Map(items);
  for (const { sku, quantity } of lines) {
    const item = next.get(sku);
    if (item) next.set(sku, change(item, BigInt(quantity)));
  }
  return next;
}

function settled(
  { reservation, items }: CatalogState,
  { context = noContext, lines }: { readonly context?: SagaContext | undefined; readonly lines: Lines },
  status: HeldReservation['status'],
  change: Change,
): CatalogState {
  const held = 'lines' in reservation ? reservation : { context, lines: [], total: undefined };
  return { reservation: { ...held, status }, items: changed(items, lines, change) };
}

function put(item: Item | undefined, { sku, name, unitPrice, initialOnHand }: ItemPut): Item {
  // Events hold amounts that moneyOf made, which amountOf takes back.
  const price = amountOf(unitPrice ?? Money.fromPartial({}), 'unit_price');
  return item ? { ...item, name, price } : { sku, name, price, onHand: initialOnHand, reserved: 0n };
}
