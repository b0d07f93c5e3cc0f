import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { shortName } from '../../../platform/events.ts';
import {
  type ExplainOrderResponse,
  StepState,
  stepStateToJSON,
} from '../../../proto/gen/orderlog/order/v1/order_service.ts';
import { OrderStatus, orderStatusToJSON } from '../../../proto/gen/orderlog/order/v1/types.ts';
import { SagaMode } from '../../../proto/gen/orderlog/saga/v1/saga.ts';
import * as sample from '../domain/samples.testing.ts';
import { at, explained, type Happened, saga, standingIn } from './explain.testing.ts';
import { explain } from './explain.ts';
import { standingOf } from './standing.ts';

const placed: Happened = { second: 0, event: sample.orderCreated };
const reserved: readonly Happened[] = [
  placed,
  { second: 1, event: 'ItemsReserved', cause: 'OrderCreated' },
  { second: 2, event: sample.itemsReserved, cause: 'ItemsReserved' },
];
const started: readonly Happened[] = [
  ...reserved,
  { second: 2, event: 'PaymentStarted', cause: 'ItemsReserved' },
];
const completed: readonly Happened[] = [
  ...started,
  { second: 3, event: 'PaymentProcessed', cause: 'PaymentStarted' },
  { second: 4, event: sample.orderPaid, cause: 'PaymentProcessed' },
  { second: 4, event: sample.orderCompleted, cause: 'PaymentProcessed' },
];
const confirmed: readonly Happened[] = [
  ...completed,
  { second: 5, event: 'ReservationConfirmed', cause: 'OrderCompleted' },
];
const asked: Happened = { second: 30, event: sample.cancellationRequested };

/** Its steps as `reserve SUCCEEDED`, without those that are not needed. */
const stepsOf = ({ steps }: ExplainOrderResponse): readonly string[] =>
  steps
    .filter(({ state }) => state !== StepState.STEP_STATE_NOT_NEEDED)
    .map(({ step, state }) => `${step} ${stepStateToJSON(state).replace('STEP_STATE_', '')}`);

interface Expected {
  readonly status: string;
  readonly waitsFor: string | undefined;
  readonly says: readonly RegExp[];
  readonly ifItFails: RegExp;
}

const given = (...happened: readonly Happened[]) => ({
  when: (now: number, more: { mode?: SagaMode; silent?: readonly string[] } = {}) => ({
    is({ status, waitsFor, says, ifItFails }: Expected): ExplainOrderResponse {
      const explanation = explained({ happened, now, ...more });
      assert.equal(orderStatusToJSON(explanation.status), status);
      assert.equal(explanation.waitingFor?.text, waitsFor);
      for (const each of says) assert.match(explanation.summary, each);
      assert.match(explanation.ifNextStepFails, ifItFails);
      assert.deepEqual(
        explanation.steps.map(({ step }) => step),
        saga.steps.map(({ name }) => name),
      );
      return explanation;
    },
  }),
});

const NOTHING = /^$/;
const UNTIL_DONE = /^This step cannot fail for good: it is repeated until it is done\./;

describe('an order is explained', () => {
  it('while it waits for its goods', () => {
    const { remaining, waitingFor } = given(placed)
      .when(1)
      .is({
        status: 'ORDER_STATUS_PENDING',
        waitsFor: 'Catalog to set the goods aside',
        says: [
          /^Order 905a68a1-\S+ of customer ada was placed at 2026-01-02 03:04:05 UTC \(2 × SKU-COFFEE\)\. It waits for Catalog/,
          /If it has not ended by 2026-01-02 03:19:05 UTC, it is cancelled\./,
        ],
        ifItFails: /^If the goods cannot be set aside, the order is rejected, and nothing is charged\.$/,
      });
    assert.deepEqual(remaining, [
      'Payment takes the money through the payment provider',
      'the order is completed',
      'Catalog takes the goods off the shelf',
    ]);
    assert.deepEqual(waitingFor?.deadline, sample.context.deadline);
    assert.deepEqual(waitingFor?.dueTime, at(60));
  });

  it('while it waits for its payment', () => {
    const explanation = given(...started)
      .when(200)
      .is({
        status: 'ORDER_STATUS_RESERVED',
        waitsFor: 'Payment to take the money through the payment provider',
        says: [/37\.80 EUR in all/, /The goods were set aside\. It waits for Payment/],
        ifItFails:
          /^If the payment is declined, the order is cancelled, and no money is kept; Catalog frees the goods again\. If the payment provider never says/,
      });
    assert.deepEqual(stepsOf(explanation), ['reserve SUCCEEDED', 'charge OPEN', 'confirm AHEAD']);
    assert.doesNotMatch(explanation.summary, /late/);
    assert.match(
      explained({ happened: started, now: 400 }).summary,
      /That is late: .* by 2026-01-02 03:09:06 UTC/,
    );
  });

  it('with each event, its meaning and its cause, in order', () => {
    const { events } = explained({ happened: confirmed, now: 60 });
    assert.deepEqual(
      events.map(({ service, step, text, event }) => [service, shortName(event?.type ?? ''), step, text]),
      [
        ['order', 'OrderCreated', '', 'the order was accepted'],
        ['catalog', 'ItemsReserved', 'reserve', 'the goods were set aside'],
        [
          'order',
          'OrderItemsReserved',
          'reserve',
          'the Order service has noted how it stands with: Catalog sets the goods aside',
        ],
        [
          'payment',
          'PaymentStarted',
          'charge',
          'begun: Payment takes the money through the payment provider',
        ],
        ['payment', 'PaymentProcessed', 'charge', 'the money was taken'],
        [
          'order',
          'OrderPaid',
          'charge',
          'the Order service has noted how it stands with: Payment takes the money through the payment provider',
        ],
        ['order', 'OrderCompleted', '', 'the order was completed'],
        ['catalog', 'ReservationConfirmed', 'confirm', 'the goods left the shelf'],
      ],
    );
    const causes = events.map(({ event }) => event?.cause?.eventId.replace('id of ', ''));
    assert.deepEqual(causes.slice(0, 4), [undefined, 'OrderCreated', 'ItemsReserved', 'ItemsReserved']);
  });

  it('without its payment token', () => {
    const { events } = explained({ happened: confirmed, now: 60 });
    const token = Buffer.from(sample.context.sealedPaymentToken.ciphertext);
    for (const { event } of events) assert.equal(event?.event?.value.includes(token) ?? false, false);
  });

  it('while the news of its payment is on its way', () => {
    const heard = given(...started, { second: 3, event: 'PaymentProcessed', cause: 'PaymentStarted' });
    heard.when(4).is({
      status: 'ORDER_STATUS_RESERVED',
      waitsFor: 'the Order service to hear that the money was taken',
      says: [/The goods were set aside and the money was taken\./],
      ifItFails: /^Nothing can fail at this step any more/,
    });
  });

  it('while only the news of its goods is missing', () => {
    const paid = [placed, ...started.slice(1, 2), ...started.slice(3)];
    given(
      ...paid,
      { second: 3, event: 'PaymentProcessed' },
      { second: 4, event: sample.orderPaid, cause: 'PaymentProcessed' },
    )
      .when(5)
      .is({
        status: 'ORDER_STATUS_PAID',
        waitsFor: 'the Order service to hear that the goods were set aside',
        says: [/No deadline cancels it any more: money was taken, or may have been\./],
        ifItFails: /^Nothing can fail/,
      });
  });

  it('while an operator has to find out', () => {
    const explanation = given(
      ...started,
      { second: 900, event: 'PaymentNeedsReview', cause: 'PaymentStarted' },
      { second: 901, event: sample.needsReview, cause: 'PaymentNeedsReview' },
    )
      .when(2_000)
      .is({
        status: 'ORDER_STATUS_NEEDS_REVIEW',
        waitsFor: 'an operator to find out whether the payment provider took the money',
        says: [/No deadline cancels it/],
        ifItFails: /^If the payment is declined, the order is cancelled/,
      });
    assert.equal(explanation.waitingFor?.deadline, undefined);
    assert.deepEqual(stepsOf(explanation), ['reserve SUCCEEDED', 'charge SUSPENDED', 'confirm AHEAD']);
  });

  it('when it is complete, while something remains, and when nothing does', () => {
    given(...completed)
      .when(5 - 1)
      .is({
        status: 'ORDER_STATUS_COMPLETED',
        waitsFor: 'Catalog to take the goods off the shelf',
        says: [/The order was completed at 2026-01-02 03:04:09 UTC\. It waits for Catalog/],
        ifItFails: UNTIL_DONE,
      });
    given(...confirmed)
      .when(60)
      .is({
        status: 'ORDER_STATUS_COMPLETED',
        waitsFor: undefined,
        says: [/The order was completed at 2026-01-02 03:04:09 UTC\.$/],
        ifItFails: NOTHING,
      });
  });

  it('when it was rejected', () => {
    given(
      placed,
      { second: 1, event: 'ReserveFailed', cause: 'OrderCreated' },
      { second: 2, event: sample.orderRejected, cause: 'ReserveFailed' },
    )
      .when(9)
      .is({
        status: 'ORDER_STATUS_REJECTED',
        waitsFor: undefined,
        says: [
          /The goods could not be set aside\. The order was rejected at .*\. The reason: SKU-COFFEE: 1 of 2 free\.$/,
        ],
        ifItFails: NOTHING,
      });
  });

  it('when its payment was declined', () => {
    const declined: readonly Happened[] = [
      ...started,
      { second: 3, event: 'PaymentFailed', cause: 'PaymentStarted' },
      { second: 4, event: sample.cancelledAsDeclined, cause: 'PaymentFailed' },
      { second: 6, event: 'ReservationReleased', cause: 'OrderCancelled' },
    ];
    given(...declined)
      .when(5)
      .is({
        status: 'ORDER_STATUS_CANCELLED',
        waitsFor: 'Catalog to free the goods again',
        says: [/The reason: the payment was declined \(the card was declined\)\./],
        ifItFails: UNTIL_DONE,
      });
    given(...declined)
      .when(7)
      .is({
        status: 'ORDER_STATUS_CANCELLED',
        waitsFor: undefined,
        says: [/The payment was declined and the goods were freed again\. The order was cancelled at /],
        ifItFails: NOTHING,
      });
  });

  it('while it is being cancelled', () => {
    const explanation = given(...started, asked, {
      second: 31,
      event: 'PaymentCancellationRequested',
      cause: 'OrderCancellationRequested',
    })
      .when(40)
      .is({
        status: 'ORDER_STATUS_CANCELLING',
        waitsFor: 'Payment to undo the payment, so that no money is kept',
        says: [/It is being undone: the customer asked for it \(changed my mind\)\./],
        ifItFails: UNTIL_DONE,
      });
    assert.deepEqual(explanation.remaining, [
      'the order is cancelled, and no money is kept',
      'Catalog frees the goods again',
    ]);
    assert.equal(explanation.waitingFor?.deadline, undefined);
  });

  it('while it is refunded, and after that', () => {
    const refund: readonly Happened[] = [
      ...confirmed,
      asked,
      { second: 31, event: 'PaymentRefundStarted', cause: 'OrderCancellationRequested' },
      { second: 33, event: 'PaymentRefunded', cause: 'PaymentRefundStarted' },
      { second: 34, event: sample.orderRefunded, cause: 'PaymentRefunded' },
      { second: 35, event: 'ReservationReturned', cause: 'OrderRefunded' },
    ];
    const open = given(...refund)
      .when(32)
      .is({
        status: 'ORDER_STATUS_COMPLETED',
        waitsFor: 'Payment to undo the payment, so that no money is kept',
        says: [/The order was completed at .* It is being undone: the customer asked for it/],
        ifItFails: UNTIL_DONE,
      });
    assert.deepEqual(open.remaining, ['the order is refunded', 'Catalog puts the goods back on the shelf']);
    given(...refund)
      .when(60)
      .is({
        status: 'ORDER_STATUS_REFUNDED',
        waitsFor: undefined,
        says: [/The order was refunded at .*\. The reason: the customer asked for it \(changed my mind\)\.$/],
        ifItFails: NOTHING,
      });
  });

  it('at a moment of its past: by what had happened then', () => {
    const explanation = explained({ happened: confirmed, now: 2, isNow: false });
    assert.match(
      explanation.summary,
      /^As it stood at 2026-01-02 03:04:07 UTC, after 2 of its events: Order .* It waited for Payment .* What kept it then is not recorded\./,
    );
    assert.equal(explanation.status, OrderStatus.ORDER_STATUS_RESERVED);
    assert.deepEqual(stepsOf(explanation), ['reserve SUCCEEDED', 'charge OPEN', 'confirm AHEAD']);
    assert.equal(explanation.events.length, 4);
  });

  it('as far as it knows where another service does not answer, and says so', () => {
    const now = given(...started)
      .when(60, { silent: ['payment'] })
      .is({
        status: 'ORDER_STATUS_RESERVED',
        waitsFor: 'Payment to take the money through the payment provider',
        says: [/As far as the Order service knows, it waits for Payment/],
        ifItFails: /^If the payment is declined/,
      });
    assert.deepEqual(now.notKnown, [
      'It is not known whether the money was taken: the Payment service does not answer (nobody answers)',
    ]);
    const later = explained({ happened: confirmed, now: 60, silent: ['catalog', 'payment'] });
    assert.deepEqual(stepsOf(later), ['reserve SUCCEEDED', 'charge SUCCEEDED', 'confirm OPEN']);
    assert.deepEqual(later.notKnown, [
      'It is not known whether the goods left the shelf: the Catalog service does not answer (nobody answers)',
      'It is not known what more has happened there: the Payment service does not answer (nobody answers)',
    ]);
    const [, inferred] = later.events;
    assert.deepEqual(
      [inferred?.service, shortName(inferred?.event?.type ?? ''), inferred?.event?.createTime],
      ['catalog', 'ItemsReserved', undefined],
    );
  });

  it('without what only a newer version can read, and says so', () => {
    const standing = standingIn({ happened: [placed], now: 1 });
    const [created] = standing.own;
    assert.ok(created);
    const frozen = {
      ...created,
      eventId: 'id of OrderFrozen',
      version: 2,
      type: 'orderlog.order.v1.OrderFrozen',
    };
    const explanation = explain(standingOf({ ...standing, own: [created, frozen] }), undefined);
    assert.equal(explanation.status, OrderStatus.ORDER_STATUS_PENDING);
    assert.deepEqual(explanation.notKnown, [
      'This version does not know OrderFrozen: the order is explained without it',
    ]);
    assert.equal(explanation.events[1]?.text, 'it is no part of the saga that this version knows');
  });

  it('in the other modes, by the events that these write', () => {
    const request = (
      type: 'ReserveItemsRequested' | 'ChargeRequested' | 'ReleaseRequested',
      second: number,
    ) => {
      const data = { context: sample.context, lines: [], amount: undefined };
      return { second, event: { type, data } } as Happened;
    };
    const orchestrated = [placed, request('ReserveItemsRequested', 0)];
    const mode = SagaMode.SAGA_MODE_ORCHESTRATION;
    given(...orchestrated)
      .when(1, { mode })
      .is({
        status: 'ORDER_STATUS_PENDING',
        waitsFor: 'Catalog to set the goods aside',
        says: [],
        ifItFails: /^If the goods cannot be set aside/,
      });
    given(...orchestrated, ...reserved.slice(1), request('ChargeRequested', 2))
      .when(3, { mode })
      .is({
        status: 'ORDER_STATUS_RESERVED',
        waitsFor: 'Payment to take the money through the payment provider',
        says: [],
        ifItFails: /^If the payment is declined/,
      });
    const direct = given(...reserved)
      .when(3, { mode: SagaMode.SAGA_MODE_DIRECT })
      .is({
        status: 'ORDER_STATUS_RESERVED',
        waitsFor: 'Payment to take the money through the payment provider',
        says: [],
        ifItFails: /^If the payment is declined/,
      });
    assert.equal(direct.sagaMode, SagaMode.SAGA_MODE_DIRECT);
  });

  for (const [status, histories] of Object.entries(sample.histories)) {
    if (status === 'none') continue;
    it(`from its own events alone where it is ${status}`, () => {
      for (const history of histories) {
        const happened = history.map((event, second) => ({ second, event }));
        const explanation = explained({ happened, now: 100, silent: ['catalog', 'payment'] });
        assert.match(explanation.summary, /^Order \S+ of customer ada was placed/);
        assert.doesNotMatch(explanation.summary, /undefined|null|\.\./);
      }
    });
  }
});
