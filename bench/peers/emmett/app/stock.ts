/** An item's stock as a decider, a stream for each SKU. What cannot be reserved gives no event. */
import { type Command, type Decider, type Event, IllegalStateError } from '@event-driven-io/emmett';
import type { Item } from '../../workload.ts';

export type StockEvent =
  | Event<'ItemPut', Item>
  | Event<'StockReserved', { readonly orderId: string; readonly quantity: number }>
  | Event<'StockReleased', { readonly orderId: string; readonly quantity: number }>;

export type StockCommand =
  | Command<'PutItem', Item>
  | Command<'ReserveStock', { readonly orderId: string; readonly quantity: number }>
  | Command<'ReleaseStock', { readonly orderId: string; readonly quantity: number }>;

export type StockState = Item | undefined;

export const decider: Decider<StockState, StockCommand, StockEvent> = {
  initialState: () => undefined,

  decide({ type, data }, item) {
    if (type === 'PutItem') return { type: 'ItemPut', data };
    if (!item) throw new IllegalStateError('there is no such item');
    switch (type) {
      case 'ReserveStock':
        return item.available < data.quantity ? [] : { type: 'StockReserved', data };
      case 'ReleaseStock':
        return { type: 'StockReleased', data };
    }
  },

  evolve(item, { type, data }) {
    switch (type) {
      case 'ItemPut':
        return data;
      case 'StockReserved':
        return item && { ...item, available: item.available - data.quantity };
      case 'StockReleased':
        return item && { ...item, available: item.available + data.quantity };
    }
  },
};
