/** An order folded from its stored events. */
import type { StoredEvent } from '../../../platform/events.ts';
import { type OrderEvent, orderEvents } from './events.ts';
import { evolve, evolveUnknown } from './evolve.ts';
import { initialOrder, type OrderState } from './state.ts';

/** Folds a history, or the beginning of one, in version order. */
export const foldHistory = (events: readonly StoredEvent[]): OrderState =>
  events.reduce<OrderState>((state, stored) => {
    const event = readable(stored);
    return event ? evolve(state, event, stored) : evolveUnknown(state, stored.type);
  }, initialOrder);

/** undefined: a type that this version does not know, or bytes that are no such message. */
export function readable({ type, payload }: StoredEvent): OrderEvent | undefined {
  try {
    return orderEvents.decode(type, payload);
  } catch {
    return undefined;
  }
}
