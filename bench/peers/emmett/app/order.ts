/**
 * An order as a decider (https://event-driven-io.github.io/emmett/api-reference/decider.html): a stream of its own, commands
 * decided upon the fold of its events. Deciding again what was decided gives no events, which makes a repeat harmless
 * (https://event-driven-io.github.io/emmett/guides/command-handling.html, "Make It Idempotent").
 */
import { type Command, type Decider, type Event, IllegalStateError } from '@event-driven-io/emmett';
import type { OrderLine } from '../../workload.ts';

export type OrderEvent =
  | Event<'OrderPlaced', { readonly orderId: string; readonly lines: readonly OrderLine[] }>
  | Event<'OrderItemsReserved', { readonly amountMinor: number }>
  | Event<'OrderPaid', { readonly amountMinor: number }>
  | Event<'OrderCompleted', Record<string, never>>
  | Event<'OrderRejected', { readonly reason: string }>
  | Event<'OrderCancelled', { readonly reason: string }>;

export type OrderCommand =
  | Command<'PlaceOrder', { readonly orderId: string; readonly lines: readonly OrderLine[] }>
  | Command<'CompleteOrder', { readonly amountMinor: number }>
  | Command<'RejectOrder', { readonly reason: string }>
  | Command<'CancelOrder', { readonly amountMinor: number; readonly reason: string }>;

export type OrderState = { readonly status: 'none' | 'placed' | 'ended' };

export const decider: Decider<OrderState, OrderCommand, OrderEvent> = {
  initialState: () => ({ status: 'none' }),

  decide({ type, data }, { status }) {
    if (type === 'PlaceOrder') return status === 'none' ? { type: 'OrderPlaced', data } : [];
    if (status === 'none') throw new IllegalStateError('there is no such order');
    if (status === 'ended') return [];
    switch (type) {
      case 'CompleteOrder':
        return [
          { type: 'OrderItemsReserved', data },
          { type: 'OrderPaid', data },
          { type: 'OrderCompleted', data: {} },
        ];
      case 'RejectOrder':
        return { type: 'OrderRejected', data };
      case 'CancelOrder':
        return [
          { type: 'OrderItemsReserved', data: { amountMinor: data.amountMinor } },
          { type: 'OrderCancelled', data: { reason: data.reason } },
        ];
    }
  },

  evolve(state, { type }) {
    switch (type) {
      case 'OrderPlaced':
        return { status: 'placed' };
      case 'OrderCompleted':
      case 'OrderRejected':
      case 'OrderCancelled':
        return { status: 'ended' };
      default:
        return state;
    }
  },
};
