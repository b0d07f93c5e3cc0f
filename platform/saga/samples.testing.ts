/** For tests: the contract's own saga, and definitions that differ from it in one thing. */
import { shortName } from '../events.ts';
import { readSaga } from './definition.ts';
import type { SagaEvent } from './event.ts';

export const placeOrder: readonly SagaEvent[] = readSaga('place-order').events;

/** The event by its short name. */
export function eventOf(name: string): SagaEvent {
  const event = placeOrder.find(({ type }) => shortName(type) === name);
  if (!event) throw new Error(`no event ${name}`);
  return event;
}

/** All events, with one changed. */
export const withEvent = (name: string, change: Partial<SagaEvent>): readonly SagaEvent[] => {
  const changed = eventOf(name);
  return placeOrder.map((event) => (event === changed ? { ...event, ...change } : event));
};

/** All events, with those of a step changed. */
export const withStep = (name: string, change: Partial<SagaEvent>): readonly SagaEvent[] =>
  placeOrder.map((event) => (event.step === name ? { ...event, ...change } : event));

/** All events but one. */
export const without = (name: string): readonly SagaEvent[] => {
  const left = eventOf(name);
  return placeOrder.filter((event) => event !== left);
};
