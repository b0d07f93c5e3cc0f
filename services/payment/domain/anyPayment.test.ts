import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { NOW } from '../../../platform/deciderTesting.ts';
import { ReviewResolution } from '../../../proto/gen/orderlog/payment/v1/types.ts';
import { SagaMode } from '../../../proto/gen/orderlog/saga/v1/saga.ts';
import type { PaymentCommand } from './commands.ts';
import { paymentDecider } from './decide.ts';
import type { PaymentEvent } from './events.ts';
import {
  cancelPayment,
  directContext,
  recordCaptured,
  recordDeclined,
  recordRefunded,
  recordRefundRefused,
  recordReviewNeeded,
  refund,
  resolveReview,
  startCharge,
} from './samples.testing.ts';
import { initialCase, type PaymentCase } from './state.ts';

const attempt = fc.integer({ min: 1, max: 3 });
const resolution = fc.constantFrom<ReviewResolution>(
  ReviewResolution.REVIEW_RESOLUTION_CAPTURED,
  ReviewResolution.REVIEW_RESOLUTION_NOT_CHARGED,
  ReviewResolution.REVIEW_RESOLUTION_REFUNDED_ELSEWHERE,
);
const command: fc.Arbitrary<PaymentCommand> = fc.oneof(
  fc.constantFrom<PaymentCommand>(
    startCharge,
    { ...startCharge, context: directContext },
    cancelPayment,
    { ...cancelPayment, context: directContext },
    refund,
    recordCaptured,
    recordDeclined,
    recordReviewNeeded,
  ),
  attempt.map((n) => ({ ...recordRefunded, attempt: n })),
  attempt.map((n) => ({ ...recordRefundRefused, attempt: n })),
  resolution.map(resolveReview),
);
/** What is asked for by rpc, and what comes of it. */
const commandByRpc = command.filter(
  (one) => !('context' in one) || one.context.mode === SagaMode.SAGA_MODE_DIRECT,
);
/** With each: whether a worker has begun the charge before. */
const historyOf = (commands: fc.Arbitrary<PaymentCommand>) =>
  fc.array(fc.tuple(commands, fc.boolean()), { maxLength: 25 });
const anyHistory = historyOf(command);

interface Run {
  readonly state: PaymentCase;
  readonly events: readonly PaymentEvent[];
}
const nothing: Run = { state: initialCase, events: [] };

function apply({ state, events }: Run, one: PaymentCommand): Run {
  const decision = paymentDecider.decide(one, state, { now: NOW });
  if ('refusal' in decision) return { state, events };
  const after = decision.events.reduce(
    (before, event, index) =>
      paymentDecider.evolve(before, event, { version: events.length + index + 1, time: NOW }),
    state,
  );
  return { state: after, events: [...events, ...decision.events] };
}

const runOf = (history: readonly (readonly [PaymentCommand, boolean])[], from: Run = nothing): Run =>
  history.reduce((run, [one, isBegun]) => {
    const isChargeUntouched = run.state.isChargeUntouched && !isBegun;
    return apply({ events: run.events, state: { ...run.state, isChargeUntouched } }, one);
  }, from);

/** Answers whatever is open at the provider, and settles reviews: as it goes when all is well again. */
function settle(run: Run): Run {
  const { payment } = run.state;
  switch (payment.status) {
    case 'started':
    case 'cancelling':
      return settle(apply(run, recordCaptured));
    case 'refunding':
      return settle(apply(run, { ...recordRefunded, attempt: payment.attempt }));
    case 'needsReview':
      return settle(apply(run, resolveReview()));
    default:
      return run;
  }
}

const count = ({ events }: Run, type: PaymentEvent['type']) =>
  events.filter((event) => event.type === type).length;
const places = ({ events }: Run, type: PaymentEvent['type']) =>
  events.flatMap((event, index) => (event.type === type ? [index] : []));

describe('a payment, whatever the order and the repeats of what is asked', () => {
  const holds = (check: (run: Run) => void) =>
    fc.assert(
      fc.property(anyHistory, (history) => check(runOf(history))),
      { numRuns: 2_000 },
    );

  it('is captured at most once and refunded at most once, after it was captured', () =>
    holds((run) => {
      assert.ok(count(run, 'PaymentStarted') <= 1);
      assert.ok(count(run, 'PaymentProcessed') <= 1);
      assert.ok(count(run, 'PaymentRefunded') <= 1);
      const [started = -1] = places(run, 'PaymentRefundStarted');
      if (started >= 0) assert.ok((places(run, 'PaymentProcessed')[0] ?? Infinity) < started);
    }));

  it('is never charged after a tombstone', () =>
    holds((run) => {
      const [voided = Infinity] = places(run, 'PaymentVoided');
      for (const type of ['PaymentStarted', 'PaymentProcessed'] as const) {
        for (const place of places(run, type)) assert.ok(place < voided);
      }
    }));

  it('asks for refunds one after another, each after the refusal of the one before', () =>
    holds(({ events }) => {
      const attempts = events.flatMap((event) =>
        event.type === 'PaymentRefundStarted' || event.type === 'PaymentRefundFailed'
          ? [`${event.type === 'PaymentRefundStarted' ? 'asked' : 'refused'} ${event.data.attempt}`]
          : [],
      );
      const expected = attempts.map((_, index) =>
        index % 2 === 0 ? `asked ${index / 2 + 1}` : `refused ${(index + 1) / 2}`,
      );
      assert.deepEqual(attempts, expected);
    }));

  it('ends, once what is open is answered, and keeps no money if it was cancelled', () =>
    holds((run) => {
      const settled = settle(apply(run, cancelPayment));
      assert.match(settled.state.payment.status, /^(declined|voided|refunded)$/);
      assert.equal(count(settled, 'PaymentRefunded') >= count(settled, 'PaymentProcessed'), true);
    }));

  it('tells the saga that cancels it of its end, whoever made it, and however early it ended', () =>
    fc.assert(
      fc.property(historyOf(commandByRpc), anyHistory, (before, since) => {
        const unheard = runOf(before);
        const settled = settle(apply(runOf(since, unheard), cancelPayment));
        const heard = settled.events.slice(unheard.events.length);
        assert.ok(heard.some(({ type }) => /^Payment(Failed|Voided|Refunded)$/.test(type)));
      }),
      { numRuns: 2_000 },
    ));

  it('does not change any more when it has ended', () =>
    fc.assert(
      fc.property(anyHistory, anyHistory, (history, more) => {
        const run = settle(apply(runOf(history), cancelPayment));
        const later = more.reduce((before, [one]) => apply(before, one), run);
        assert.equal(later.state.payment.status, run.state.payment.status);
        // At most the end of what was made by rpc is told once more.
        const news = later.events.slice(run.events.length);
        assert.ok(news.every(({ type }) => type === 'PaymentVoided') && news.length <= 1);
      }),
      { numRuns: 1_000 },
    ));
});
