import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { foldEvents, specificationOf } from '../../../platform/deciderTesting.ts';
import { paymentDecider } from './decide.ts';
import type { PaymentEvent } from './events.ts';
import {
  byRpc,
  cancellationRequested,
  cancelPayment,
  directContext,
  failed,
  HISTORIES,
  needsReview,
  processed,
  recordCaptured,
  recordDeclined,
  refunded,
  refundStarted,
  startCharge,
  started,
  voided,
} from './samples.testing.ts';
import { initialCase } from './state.ts';

const given = specificationOf(paymentDecider, initialCase);
/** A charge by rpc that a worker has begun. */
const { payment } = foldEvents(paymentDecider, initialCase, [byRpc(started)]);
const givenBegun = specificationOf(paymentDecider, { payment, isChargeUntouched: false });

/** What the order's own saga asks for, and the words in which that reaches the payment. */
const asked = [
  { command: startCharge, message: 'it was charged by rpc, and not for its order' },
  { command: cancelPayment, message: cancelPayment.message },
];
const saying = (event: PaymentEvent, message: string): PaymentEvent =>
  byRpc({ ...event, data: { ...event.data, message } } as PaymentEvent);

describe('a charge by rpc that the saga of its order meets', () => {
  for (const { command, message } of asked) {
    describe(`with ${command.type}`, () => {
      it('is voided where nobody has begun it', () =>
        given(byRpc(started)).when(command).then(byRpc(voided)));

      it('waits for the answer where it was begun, and then keeps no money', () => {
        const cancelling = saying(cancellationRequested, message);
        givenBegun().when(command).then(cancelling);
        givenBegun(cancelling).when(recordDeclined).then(byRpc(voided));
        givenBegun(cancelling).when(recordCaptured).then(byRpc(processed), saying(refundStarted(), message));
      });

      it('is given back where it was captured', () =>
        given(byRpc(started), byRpc(processed)).when(command).then(saying(refundStarted(), message)));

      it('is not given back twice, nor before its review', () => {
        given(byRpc(started), byRpc(needsReview)).when(command).then(saying(cancellationRequested, message));
        for (const history of [
          [started, cancellationRequested],
          [started, processed, refundStarted()],
          [started, needsReview, cancellationRequested],
        ]) {
          given(...history.map(byRpc))
            .when(command)
            .thenNothing();
        }
      });

      it('tells its end once more, which stays', () => {
        for (const history of [
          [started, failed],
          [started, voided],
          [started, processed, refundStarted(), refunded],
        ]) {
          const made = history.map(byRpc);
          given(...made)
            .when(command)
            .then(voided);
          for (const again of asked) {
            given(...made, voided)
              .when(again.command)
              .thenNothing();
          }
          const before = foldEvents(paymentDecider, initialCase, made).payment;
          const after = foldEvents(paymentDecider, initialCase, [...made, voided]).payment;
          assert.ok(before.status !== 'none' && before.status !== 'unreadable');
          assert.deepEqual(after, { ...before, context: startCharge.context });
        }
      });
    });
  }
});

describe('a charge by rpc of an order that its own saga has charged', () => {
  it('gets the first outcome', () => {
    for (const history of HISTORIES) {
      given(...history)
        .when({ ...startCharge, context: directContext })
        .thenNothing();
    }
  });
});
