import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { NOW } from '../../../platform/deciderTesting.ts';
import { SagaMode } from '../../../proto/gen/orderlog/saga/v1/saga.ts';
import type { OrderCommand } from './commands.ts';
import { orderDecider } from './decide.ts';
import type { OrderEvent } from './events.ts';
import {
  cancelOrder,
  commands,
  expireOrder,
  noteItemsReserved,
  notePaymentFailed,
  notePaymentNeedsReview,
  notePaymentProcessed,
  notePaymentRefunded,
  notePaymentVoided,
  noteReserveFailed,
  placeOrder,
} from './samples.testing.ts';
import { hasEnded, initialOrder, type OrderState } from './state.ts';

interface Life {
  readonly state: OrderState;
  readonly events: readonly OrderEvent[];
  /** Reasons of what was refused. */
  readonly refused: readonly string[];
}

/** Folds what arrives. `answer`: Payment's, put among what is yet to come at `place` (0: next, 1: last) once it is asked for. */
function live(arrivals: readonly OrderCommand[], answer?: OrderCommand, place = 0): Life {
  let state: OrderState = initialOrder;
  const events: OrderEvent[] = [];
  const refused: string[] = [];
  const queue = [...arrivals];
  for (let command = queue.shift(); command; command = queue.shift()) {
    const decision = orderDecider.decide(command, state, { now: NOW });
    if ('refusal' in decision) {
      refused.push(`${command.type}: ${decision.refusal.reason}`);
      continue;
    }
    for (const event of decision.events) {
      events.push(event);
      state = orderDecider.evolve(state, event, { version: events.length, time: NOW });
      if (answer && event.type === 'OrderCancellationRequested') {
        queue.splice(Math.round(place * queue.length), 0, answer, answer);
      }
    }
  }
  return { state, events, refused };
}

/** Each at least `min` times, up to three times, in any order. */
const anyArrival = (news: readonly OrderCommand[], min = 1): fc.Arbitrary<OrderCommand[]> =>
  fc
    .tuple(...news.map((command) => fc.integer({ min, max: 3 }).map((n) => Array(n).fill(command))))
    .chain((repeats) => fc.shuffledSubarray(repeats.flat(), { minLength: repeats.flat().length }));

const withCancels = (news: readonly OrderCommand[]) =>
  fc
    .tuple(anyArrival(news), anyArrival([cancelOrder, expireOrder], 0))
    .chain(([a, b]) => fc.shuffledSubarray([...a, ...b], { minLength: a.length + b.length }));

const ends = ({ events }: Life): string[] =>
  events.map(({ type }) => type).filter((type) => /Completed|Rejected|Cancelled$/.test(type));

describe('an order, whatever the order and the repeats of the news', () => {
  const outcomes = [
    { end: 'completed', news: [noteItemsReserved, notePaymentProcessed], count: 4 },
    { end: 'rejected', news: [noteReserveFailed], count: 2 },
    { end: 'cancelled', news: [noteItemsReserved, notePaymentFailed] },
    { end: 'cancelled', news: [noteItemsReserved, notePaymentVoided] },
    { end: 'completed', news: [noteItemsReserved, notePaymentNeedsReview, notePaymentProcessed] },
    { end: 'cancelled', news: [noteItemsReserved, notePaymentNeedsReview, notePaymentRefunded] },
  ];
  for (const { end, news, count } of outcomes) {
    it(`ends ${end}, once: ${news.map(({ type }) => type).join(', ')}`, () => {
      fc.assert(
        fc.property(anyArrival(news), (arrivals) => {
          const life = live([placeOrder, ...arrivals]);
          assert.deepEqual(life.refused, []);
          assert.equal(life.state.status, end);
          if (count !== undefined) assert.equal(life.events.length, count);
          assert.equal(ends(life).length, 1);
          assert.equal(life.events.at(-1)?.type, ends(life)[0]);
        }),
      );
    });
  }
});

describe('an order that is cancelled and expires at any moment', () => {
  /** How the charge turns out, and what Payment answers to a cancellation then. */
  const charges = [
    { news: [noteItemsReserved, notePaymentProcessed], answer: notePaymentRefunded, kept: 'completed' },
    { news: [noteItemsReserved, notePaymentFailed], answer: notePaymentFailed, kept: 'cancelled' },
    { news: [noteItemsReserved], answer: notePaymentVoided, kept: 'reserved' },
    { news: [noteReserveFailed], answer: notePaymentVoided, kept: 'rejected' },
    {
      news: [noteItemsReserved, notePaymentNeedsReview, notePaymentProcessed],
      answer: notePaymentRefunded,
      kept: 'completed',
    },
  ];
  for (const { news, answer, kept } of charges) {
    it(`ends once, and gives back what was taken: ${news.map(({ type }) => type).join(', ')}`, () => {
      fc.assert(
        fc.property(withCancels(news), fc.double({ min: 0, max: 1, noNaN: true }), (arrivals, place) => {
          const life = live([placeOrder, ...arrivals], answer, place);
          // Only a caller hears that the order has ended already.
          assert.ok(life.refused.every((refusal) => refusal.startsWith('CancelOrder: ORDER_')));
          const asked = life.events.filter(({ type }) => type === 'OrderCancellationRequested').length;
          assert.ok(asked <= 1);
          if (asked === 0) assert.equal(life.state.status, kept);
          else assert.ok(['cancelled', 'refunded'].includes(life.state.status));
          assert.equal(ends(life).length, life.state.status === 'reserved' ? 0 : 1);
          // The refund of a completed order is all that comes after an end.
          const last = life.state.status === 'refunded' ? 'OrderRefunded' : ends(life)[0];
          if (last) assert.equal(life.events.at(-1)?.type, last);
          if (asked === 1 && answer === notePaymentRefunded && life.state.status === 'cancelled') {
            assert.ok('refunded' in life.state);
          }
        }),
        { numRuns: 300 },
      );
    });
  }
});

describe('an order, whatever it is told, possible or not', () => {
  it('has one end at most, and after it nothing but one refund', () => {
    // Of its own saga, and of another that somebody drives by rpc.
    const all = Object.values(commands).flatMap((command): OrderCommand[] =>
      'mode' in command ? [command, { ...command, mode: SagaMode.SAGA_MODE_DIRECT }] : [command],
    );
    const anything = fc.array(fc.constantFrom(...all), { maxLength: 30 });
    fc.assert(
      fc.property(anything, (arrivals) => {
        const life = live([placeOrder, ...arrivals]);
        const first = life.events.findIndex(({ type }) => type === ends(life)[0]);
        assert.ok(ends(life).length <= 1);
        assert.equal(first >= 0, hasEnded(life.state as Parameters<typeof hasEnded>[0]));
        if (first < 0) return;
        const after = life.events.slice(first + 1).map(({ type }) => type);
        const allowed = /^(OrderCancellationRequested )?(OrderRefunded )?$/;
        assert.match(after.map((type) => `${type} `).join(''), allowed);
        if (after.includes('OrderRefunded')) assert.equal(ends(life)[0], 'OrderCompleted');
      }),
      { numRuns: 2_000 },
    );
  });
});
