import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { CancellationReason } from '../../proto/gen/orderlog/order/v1/types.ts';
import { ReviewResolution } from '../../proto/gen/orderlog/payment/v1/types.ts';
import { SagaMode } from '../../proto/gen/orderlog/saga/v1/saga.ts';
import type { Finding } from './finding.ts';
import { judgeOrder } from './judge.ts';
import type { Moment } from './moment.ts';
import {
  CLOCK_START,
  COMPLETED,
  DEADLINE,
  type EventType,
  euro,
  historyOf,
  PAYMENT_ID,
  type Step,
  sample,
} from './stories.testing.ts';

const early: Moment = { now: new Date(DEADLINE.getTime() - 60_000), settledBefore: new Date(8.64e15) };
const late: Moment = { ...early, now: new Date(DEADLINE.getTime() + 3_600_000) };

const text = ({ invariant, message }: Finding): string => `${invariant}: ${message}`;
const found = (kind: Finding['kind'], steps: readonly Step[], moment = early): string[] =>
  judgeOrder(historyOf(...steps), moment)
    .filter((finding) => finding.kind === kind)
    .map(text);

const reserved: EventType[] = ['OrderCreated', 'ItemsReserved', 'OrderItemsReserved', 'PaymentStarted'];
const refund: EventType[] = ['PaymentRefundStarted', 'PaymentRefunded'];
const cancelled = { type: 'OrderCancelled', data: { refunded: euro(3780n) } } as const;
const lateCapture = {
  type: 'OrderCancellationRequested',
  data: { reason: CancellationReason.CANCELLATION_REASON_CAPTURED_AFTER_END },
} as const;
const resolvedAs = (resolution: ReviewResolution): Step => ({
  type: 'PaymentReviewResolved',
  data: { resolution },
});
/** Of what somebody made by rpc. */
const byRpc = (...types: EventType[]): Step[] =>
  types.map((type) => ({
    type,
    data: { context: { ...sample.OrderCreated.context, mode: SagaMode.SAGA_MODE_DIRECT } },
  }));
/** An order that meets such a payment when that has ended. */
const afterRpc = (...made: EventType[]): Step[] => [
  ...byRpc(...made),
  ...(['OrderCreated', 'ItemsReserved', 'OrderItemsReserved', 'PaymentVoided'] as const),
  ...(['OrderCancelled', 'ReservationReleased'] as const),
];
const without = (...types: EventType[]): Step[] => COMPLETED.filter((type) => !types.includes(type));

describe('the judgement of an order', () => {
  const sound: Record<string, readonly Step[]> = {
    'that completed': COMPLETED,
    'that was paid before it heard of its reservation': [
      ...(['OrderCreated', 'ItemsReserved', 'PaymentStarted', 'PaymentProcessed', 'OrderPaid'] as const),
      'OrderItemsReserved',
      'OrderCompleted',
      'ReservationConfirmed',
    ],
    'that was rejected': ['OrderCreated', 'ReserveFailed', 'OrderRejected'],
    'that was declined': [...reserved, 'PaymentFailed', 'OrderCancelled', 'ReservationReleased'],
    'that was cancelled before anything': [
      ...(['OrderCreated', 'OrderCancellationRequested', 'PaymentVoided', 'OrderCancelled'] as const),
      { type: 'ReservationReleased', data: { lines: [] } },
    ],
    'that was cancelled while its charge was unknown': [
      ...reserved,
      ...(['OrderCancellationRequested', 'PaymentCancellationRequested', 'PaymentProcessed'] as const),
      ...refund,
      cancelled,
      'ReservationReleased',
    ],
    'that was refunded, the second attempt having worked': [
      ...COMPLETED,
      'OrderCancellationRequested',
      'PaymentRefundStarted',
      'PaymentRefundFailed',
      { type: 'PaymentRefundStarted', data: { attempt: 2 } },
      'PaymentRefunded',
      'OrderRefunded',
      'ReservationReturned',
    ],
    'that Payment itself refunded': [...COMPLETED, ...refund, 'OrderRefunded', 'ReservationReturned'],
    'whose money came after its end': [
      ...(['OrderCreated', 'ReserveFailed', 'OrderRejected', 'PaymentStarted', 'PaymentProcessed'] as const),
      lateCapture,
      ...refund,
    ],
    'that an operator settled as captured': [
      ...reserved,
      ...(['PaymentNeedsReview', 'OrderNeedsReview'] as const),
      resolvedAs(ReviewResolution.REVIEW_RESOLUTION_CAPTURED),
      ...(['PaymentProcessed', 'OrderPaid', 'OrderCompleted', 'ReservationConfirmed'] as const),
    ],
    'that an operator settled as refunded elsewhere': [
      ...reserved,
      ...(['PaymentNeedsReview', 'OrderNeedsReview'] as const),
      resolvedAs(ReviewResolution.REVIEW_RESOLUTION_REFUNDED_ELSEWHERE),
      'PaymentRefunded',
      cancelled,
      'ReservationReleased',
    ],
    'that was cancelled before its charge came to need a review': [
      ...reserved,
      ...(['OrderCancellationRequested', 'PaymentCancellationRequested', 'PaymentNeedsReview'] as const),
      'OrderNeedsReview',
      resolvedAs(ReviewResolution.REVIEW_RESOLUTION_NOT_CHARGED),
      ...(['PaymentVoided', 'OrderCancelled', 'ReservationReleased'] as const),
    ],
    'whose goods were released by rpc before': [
      ...byRpc('ReservationReleased'),
      ...(['OrderCreated', 'OrderCancellationRequested', 'PaymentVoided', 'OrderCancelled'] as const),
    ],
    'whose payment was declined by rpc before': afterRpc('PaymentStarted', 'PaymentFailed'),
    'whose payment was voided by rpc before': afterRpc('PaymentStarted', 'PaymentVoided'),
    'whose payment was never begun by rpc': afterRpc('PaymentVoided'),
    'whose payment was given back by rpc before': afterRpc('PaymentStarted', 'PaymentProcessed', ...refund),
    'whose payment was captured by rpc before': [
      ...byRpc('PaymentStarted', 'PaymentProcessed'),
      ...(['OrderCreated', 'ItemsReserved', 'OrderItemsReserved'] as const),
      ...byRpc(...refund),
      cancelled,
      'ReservationReleased',
    ],
  };
  for (const [name, steps] of Object.entries(sound)) {
    it(`finds nothing in one ${name}`, () => {
      assert.deepEqual(found('violation', steps, late), []);
      assert.deepEqual(found('note', steps, late), []);
    });
  }

  const waiting: Record<string, readonly Step[]> = {
    'progress: it is reserved, and waits for the provider': reserved,
    'progress: an operator has to settle its payment': [
      ...reserved,
      'PaymentNeedsReview',
      'OrderNeedsReview',
    ],
    'progress: its refund is under way': [
      ...COMPLETED,
      'OrderCancellationRequested',
      'PaymentRefundStarted',
      'PaymentRefundFailed',
    ],
    'progress: it is cancelling, and waits for the provider': [
      ...reserved,
      'OrderCancellationRequested',
      'PaymentCancellationRequested',
    ],
    'progress: it is pending, and waits for its cancellation': [...byRpc('ItemsReserved'), 'OrderCreated'],
  };
  for (const [note, steps] of Object.entries(waiting)) {
    it(`notes, and does not complain: ${note}`, () => {
      assert.deepEqual(found('violation', steps), []);
      assert.deepEqual(found('note', steps), [note]);
    });
  }

  const broken: Record<string, readonly Step[]> = {
    'sale: it completed with 0 captured payments': without('PaymentProcessed'),
    'sale: it completed, and its reservation is reserved instead of confirmed':
      without('ReservationConfirmed'),
    'sale: its amounts differ': [
      ...reserved,
      { type: 'PaymentProcessed', data: { amount: euro(3779n) } },
      ...(['OrderPaid', 'OrderCompleted', 'ReservationConfirmed'] as const),
    ],
    'sale: it was paid by a payment of another order': [
      ...reserved,
      'PaymentProcessed',
      { type: 'OrderPaid', data: { paymentId: sample.OrderCreated.context.orderId } },
      ...(['OrderCompleted', 'ReservationConfirmed'] as const),
    ],
    'sale: ReservationConfirmed is about other goods than were reserved': [
      ...without('ReservationConfirmed'),
      { type: 'ReservationConfirmed', data: { lines: [{ sku: 'SKU-COFFEE', quantity: 1n }] } },
    ],
    'sale: its payment is refunded, and the order does not know': [...COMPLETED, ...refund],
    'no sale: it ended without a sale, and its reservation is reserved': [
      ...reserved,
      'PaymentFailed',
      'OrderCancelled',
    ],
    'no sale: it ended without a sale, and its captured payment was not given back': [
      ...reserved,
      ...([
        'PaymentProcessed',
        'OrderCancellationRequested',
        'OrderCancelled',
        'ReservationReleased',
      ] as const),
    ],
    'no sale: it ended without a sale before its payment had an outcome': [
      ...reserved,
      ...(['OrderCancellationRequested', 'OrderCancelled', 'ReservationReleased'] as const),
    ],
    'no sale: it was cancelled, and Catalog keeps no tombstone of it': [
      ...(['OrderCreated', 'OrderCancellationRequested', 'PaymentVoided', 'OrderCancelled'] as const),
    ],
    'no sale: it tells of another refund than was made': [
      ...reserved,
      'PaymentFailed',
      cancelled,
      'ReservationReleased',
    ],
    'refunds: more was given back than was captured': [
      ...COMPLETED,
      'PaymentRefundStarted',
      { type: 'PaymentRefunded', data: { amount: euro(3781n) } },
      { type: 'OrderRefunded', data: { amount: euro(3781n) } },
      'ReservationReturned',
    ],
    'refunds: less was given back than was captured': [
      ...COMPLETED,
      'PaymentRefundStarted',
      { type: 'PaymentRefunded', data: { amount: euro(3779n) } },
      { type: 'OrderRefunded', data: { amount: euro(3779n) } },
      'ReservationReturned',
    ],
    'sale: it tells of another refund than was made': [
      ...COMPLETED,
      ...refund,
      { type: 'OrderRefunded', data: { amount: euro(3779n) } },
      'ReservationReturned',
    ],
    'sale: it is refunded, its payment is not': [
      ...COMPLETED,
      ...(['PaymentRefundStarted', 'OrderRefunded', 'ReservationReturned'] as const),
    ],
    "refunds: a refund's attempts are not counted from 1": [
      ...COMPLETED,
      { type: 'PaymentRefundStarted', data: { attempt: 2 } },
      ...(['PaymentRefunded', 'OrderRefunded', 'ReservationReturned'] as const),
    ],
    'transitions: ReservationReleased may not follow where its reservation is confirmed': [
      ...COMPLETED,
      'ReservationReleased',
    ],
    'transitions: it completed without OrderItemsReserved': without('OrderItemsReserved'),
    'transitions: its end was asked for after it had ended': [
      ...(['OrderCreated', 'ReserveFailed', 'OrderRejected', 'OrderCancellationRequested'] as const),
    ],
    'transitions: its review was settled, and another outcome follows': [
      ...reserved,
      ...(['PaymentNeedsReview', 'OrderNeedsReview'] as const),
      resolvedAs(ReviewResolution.REVIEW_RESOLUTION_NOT_CHARGED),
      ...(['PaymentProcessed', 'OrderPaid', 'OrderCompleted', 'ReservationConfirmed'] as const),
    ],
    'transitions: its review was noted 2 times': [
      ...reserved,
      ...(['OrderCancellationRequested', 'PaymentCancellationRequested', 'PaymentNeedsReview'] as const),
      ...(['OrderNeedsReview', 'OrderNeedsReview'] as const),
    ],
    'transitions: its payment ended 2 times': [
      ...reserved,
      ...(['PaymentFailed', 'PaymentVoided', 'OrderCancelled', 'ReservationReleased'] as const),
    ],
    'transitions: its payment ended 3 times': [
      ...afterRpc('PaymentStarted', 'PaymentFailed'),
      'PaymentVoided',
    ],
    'causes: OrderCompleted has no cause': [
      ...without('OrderCompleted', 'ReservationConfirmed'),
      { type: 'OrderCompleted', cause: false },
      'ReservationConfirmed',
    ],
    'causes: ItemsReserved has no cause': [
      'OrderCreated',
      { type: 'ItemsReserved', cause: false },
      ...COMPLETED.slice(2),
    ],
    'causes: PaymentVoided has no cause': [
      ...(['OrderCreated', 'OrderCancellationRequested'] as const),
      { type: 'PaymentVoided', cause: false },
      ...(['OrderCancelled', 'ReservationReleased'] as const),
    ],
    'causes: the cause of an event is not in the history of its order': [
      { type: 'OrderCreated', cause: { stream: 'ORDERS', eventId: PAYMENT_ID } },
      ...COMPLETED.slice(1),
    ],
    'progress: it is pending, and no news is on its way to it': ['OrderCreated', 'ItemsReserved'],
    'progress: it is reserved, and no news is on its way to it': [...reserved, 'PaymentProcessed'],
    'goods: it has not ended, and its goods are released': [...reserved, 'ReservationReleased'],
    'owners: goods are held for it, and there is no such order': byRpc('ItemsReserved'),
    'owners: goods were sold for it, and there is no such order': byRpc(
      'ItemsReserved',
      'ReservationConfirmed',
    ),
    'owners: there is a payment for it, and there is no such order': byRpc(
      'PaymentStarted',
      'PaymentProcessed',
    ),
    'history: an event is about another order': [
      ...without('ReservationConfirmed'),
      {
        type: 'ReservationConfirmed',
        data: { context: { ...sample.OrderCreated.context, orderId: PAYMENT_ID } },
      },
    ],
  };
  for (const [violation, steps] of Object.entries(broken)) {
    it(`finds ${violation}`, () => {
      assert.deepEqual(found('violation', steps), [violation]);
    });
  }

  it('lets an order wait until a payment by rpc is undone', () => {
    const noted: EventType[] = ['OrderCreated', 'ItemsReserved', 'OrderItemsReserved'];
    const undone: readonly (readonly [made: EventType[], undoing: EventType])[] = [
      [['PaymentStarted'], 'PaymentCancellationRequested'],
      [['PaymentStarted', 'PaymentNeedsReview'], 'PaymentCancellationRequested'],
      [['PaymentStarted', 'PaymentProcessed'], 'PaymentRefundStarted'],
    ];
    for (const [made, undoing] of undone) {
      assert.deepEqual(found('violation', [...byRpc(...made), ...noted, ...byRpc(undoing)]), []);
    }
    assert.deepEqual(found('violation', [...byRpc('PaymentStarted', 'PaymentProcessed'), ...noted]), [
      'progress: it is reserved, and no news is on its way to it',
    ]);
  });

  it('lets an order wait that Payment alone was told to cancel', () =>
    assert.deepEqual(found('violation', [...reserved, 'PaymentCancellationRequested']), []));

  it('finds an order that does not tell of the refund that ended it', () => {
    const steps: readonly Step[] = [
      ...reserved,
      ...(['PaymentProcessed', 'OrderCancellationRequested'] as const),
      ...refund,
    ];
    const released = 'ReservationReleased';
    assert.deepEqual(found('violation', [...steps, cancelled, released]), []);
    assert.deepEqual(found('violation', [...steps, 'OrderCancelled', released]), [
      'no sale: it tells of another refund than was made',
    ]);
  });

  it('finds a second end, and that it may not stand there', () => {
    assert.deepEqual(found('violation', [...COMPLETED, 'OrderCancelled']).slice(0, 2), [
      'transitions: OrderCancelled may not follow where its status is completed',
      'transitions: it has 2 ends',
    ]);
  });

  it('finds an order that has not ended after its deadline, not before', () => {
    assert.deepEqual(found('violation', reserved, early), []);
    assert.deepEqual(found('violation', reserved, late), [
      'deadline: it is past its deadline and has not ended',
    ]);
    const held: Moment = { now: late.now, settledBefore: early.now };
    assert.deepEqual(found('violation', reserved, held), [], 'a backlog holds deadlines back');
  });

  it('finds an order that was timed out before its deadline, by the time of the database', () => {
    const reason = CancellationReason.CANCELLATION_REASON_TIMED_OUT;
    const timedOut: readonly Step[] = [
      ...reserved,
      { type: 'OrderCancellationRequested', data: { reason } },
      'PaymentCancellationRequested',
    ];
    const soon: Moment = { ...early, now: CLOCK_START };
    assert.deepEqual(found('violation', timedOut, soon), [
      'deadline: it was timed out, and its deadline is yet to come',
    ]);
    assert.deepEqual(found('violation', timedOut, late), []);
    assert.ok(
      found('note', timedOut, late).includes(
        'deadline: it was timed out before its deadline, by its own time',
      ),
    );
  });

  it('finds events that are each the cause of the other', () => {
    const history = historyOf(...COMPLETED);
    const [created, ...rest] = history.order;
    const completed = rest.at(-1);
    assert.ok(created && completed);
    const circular = { ...created, cause: { stream: 'ORDERS', eventId: completed.eventId } };
    assert.deepEqual(judgeOrder({ ...history, order: [circular, ...rest] }, early).map(text), [
      'causes: events are each the cause of the other',
    ]);
  });

  it('finds a gap in the versions, another id, another partition and bytes that are no message', () => {
    const history = historyOf(...COMPLETED);
    const [created, noted, ...rest] = history.order;
    assert.ok(created && noted);
    const changed = { ...created, eventId: noted.eventId, partition: (created.partition + 1) % 256 };
    assert.deepEqual(
      judgeOrder({ ...history, order: [changed, ...rest] }, { ...early, settledBefore: new Date(0) }).map(
        text,
      ),
      [
        'history: an event has another id than derives from its place',
        'history: an event is in another partition than its order',
        'history: version 2 of its order history is missing',
        'transitions: it completed without OrderItemsReserved',
      ],
    );
    const garbled = { ...noted, payload: Buffer.from([0x0a, 0x7f]) };
    assert.deepEqual(judgeOrder({ ...history, order: [created, garbled, ...rest] }, early).map(text), [
      "history: an event's bytes are no such message",
    ]);
  });

  it('says nothing of an order whose news is still on its way', () => {
    const moving: Moment = { ...early, settledBefore: new Date(0) };
    assert.deepEqual(judgeOrder(historyOf(...without('ReservationConfirmed')), moving), []);
  });
});
