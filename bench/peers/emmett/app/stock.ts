/**
 * An item's stock as a decider. Its books are closed every so many changes: a stream holds one period, ends with the balance,
 * and the next one begins with it, so that reading a stream costs the same however much has been sold. That is what emmett's
 * author advises (https://gist.github.com/oskardudycz/f7864532af0db675f037b2962fe793e8). What cannot be reserved gives no event,
 * nor does anything in a period that is closed.
 */
import { type Command, type Decider, type Event, IllegalStateError } from '@event-driven-io/emmett';
import type { Item } from '../../workload.ts';

export type StockEvent =
  | Event<'PeriodOpened', Item>
  | Event<'StockReserved', { readonly orderId: string; readonly quantity: number }>
  | Event<'StockReleased', { readonly orderId: string; readonly quantity: number }>
  | Event<'PeriodClosed', Item>;

export type StockCommand =
  | Command<'OpenPeriod', Item>
  | Command<'ReserveStock', { readonly orderId: string; readonly quantity: number }>
  | Command<'ReleaseStock', { readonly orderId: string; readonly quantity: number }>;

export type StockState =
  | { readonly status: 'none' }
  | { readonly status: 'open'; readonly item: Item; readonly changes: number }
  /** With the balance. */
  | { readonly status: 'closed'; readonly item: Item };

/** Few to read, and few of the transactions close a period. */
const CHANGES_OF_PERIOD = 25;

export const initialState = (): StockState => ({ status: 'none' });

export function evolve(state: StockState, { type, data }: StockEvent): StockState {
  switch (type) {
    case 'PeriodOpened':
      return { status: 'open', item: data, changes: 0 };
    case 'StockReserved':
      return changed(state, -data.quantity);
    case 'StockReleased':
      return changed(state, data.quantity);
    case 'PeriodClosed':
      return { status: 'closed', item: data };
  }
}

const changed = (state: StockState, units: number): StockState =>
  state.status === 'open'
    ? {
        ...state,
        item: { ...state.item, available: state.item.available + units },
        changes: state.changes + 1,
      }
    : state;

export const decider: Decider<StockState, StockCommand, StockEvent> = {
  initialState,
  evolve,

  decide({ type, data }, state) {
    // Whoever comes second finds it open.
    if (type === 'OpenPeriod') return state.status === 'none' ? { type: 'PeriodOpened', data } : [];
    if (state.status === 'none') throw new IllegalStateError('there is no such item');
    if (state.status === 'closed') return [];
    switch (type) {
      case 'ReserveStock':
        return state.item.available < data.quantity
          ? []
          : closedIfFull(state, { type: 'StockReserved', data });
      case 'ReleaseStock':
        return closedIfFull(state, { type: 'StockReleased', data });
    }
  },
};

/** The last change of a period closes it, in the same transaction. */
function closedIfFull(state: StockState, change: StockEvent): StockEvent[] {
  const after = evolve(state, change);
  return after.status === 'open' && after.changes >= CHANGES_OF_PERIOD
    ? [change, { type: 'PeriodClosed', data: after.item }]
    : [change];
}
