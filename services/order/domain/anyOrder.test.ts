import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { NOW } from '../../../platform/deciderTesting.ts';
import type { OrderCommand } from './commands.ts';
import { orderDecider } from './decide.ts';
import type { OrderEvent } from './events.ts';
import {
  noteItemsReserved,
  notePaymentFailed,
  notePaymentProcessed,
  noteReserveFailed,
  placeOrder,
} from './samples.testing.ts';
import { initialOrder, type OrderState } from './state.ts';

/** Each at least once, up to three times, in any order. */
const anyArrival = (commands: readonly OrderCommand[]): fc.Arbitrary<OrderCommand[]> =>
  fc
    .tuple(...commands.map((command) => fc.integer({ min: 1, max: 3 }).map((n) => Array(n).fill(command))))
    .chain((repeats) => fc.shuffledSubarray(repeats.flat(), { minLength: repeats.flat().length }));

function run(commands: readonly OrderCommand[]): { state: OrderState; events: OrderEvent[] } {
  let state: OrderState = initialOrder;
  const events: OrderEvent[] = [];
  for (const command of commands) {
    const decision = orderDecider.decide(command, state, { now: NOW });
    assert.ok('events' in decision, 'a report was refused');
    for (const event of decision.events) {
      events.push(event);
      state = orderDecider.evolve(state, event, { version: events.length, time: NOW });
    }
  }
  return { state, events };
}

describe('an order, whatever the order and the repeats of the news', () => {
  const outcomes = [
    { name: 'completed', news: [noteItemsReserved, notePaymentProcessed], events: 4 },
    { name: 'rejected', news: [noteReserveFailed], events: 2 },
    { name: 'cancelled', news: [noteItemsReserved, notePaymentFailed], events: undefined },
  ];
  for (const { name, news, events: count } of outcomes) {
    it(`ends ${name}, once`, () => {
      fc.assert(
        fc.property(anyArrival(news), (arrivals) => {
          const { state, events } = run([placeOrder, ...arrivals]);
          assert.equal(state.status, name);
          if (count !== undefined) assert.equal(events.length, count);
          const ends = events.filter(({ type }) => /Completed|Rejected|Cancelled/.test(type));
          assert.equal(ends.length, 1);
          assert.equal(events.at(-1), ends[0]);
        }),
      );
    });
  }
});
