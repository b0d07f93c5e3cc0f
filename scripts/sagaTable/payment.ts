/** Payment's table. */
import { foldEvents } from '../../platform/deciderTesting.ts';
import { ReviewResolution } from '../../proto/gen/orderlog/payment/v1/types.ts';
import { SagaMode } from '../../proto/gen/orderlog/saga/v1/saga.ts';
import type { PaymentCommand } from '../../services/payment/domain/commands.ts';
import { paymentDecider } from '../../services/payment/domain/decide.ts';
import type { PaymentEvent } from '../../services/payment/domain/events.ts';
import {
  byRpc,
  cancelPayment,
  HISTORIES,
  recordCaptured,
  recordDeclined,
  recordRefunded,
  recordRefundRefused,
  recordReviewNeeded,
  refund,
  resolveReview,
  startCharge,
  started,
} from '../../services/payment/domain/samples.testing.ts';
import { initialCase, type PaymentCase } from '../../services/payment/domain/state.ts';
import { paymentSubscriptions } from '../../services/payment/subscriptions.ts';
import { leftAloneBy } from './leftAlone.ts';
import type { Arrival, Machine } from './machine.ts';

type Brought = Omit<Arrival<PaymentCommand>, 'name' | 'command'>;

const byProvider: Brought = { events: [], others: ["the provider's answer"], isAnswered: false };
const brought: Readonly<Record<PaymentCommand['type'], Brought>> = {
  StartCharge: {
    events: ['orderlog.catalog.v1.ItemsReserved', 'orderlog.order.v1.ChargeRequested'],
    others: ['rpc Charge'],
    isAnswered: false,
  },
  CancelPayment: {
    events: ['orderlog.order.v1.OrderCancellationRequested', 'orderlog.order.v1.CancelPaymentRequested'],
    others: ['rpc CancelPayment'],
    isAnswered: false,
  },
  Refund: { events: [], others: ['rpc Refund'], isAnswered: true },
  RecordCaptured: byProvider,
  RecordDeclined: byProvider,
  RecordReviewNeeded: { events: [], others: ['no answer for too long'], isAnswered: false },
  RecordRefunded: byProvider,
  RecordRefundRefused: byProvider,
  ResolveReview: { events: [], others: ['rpc ResolvePaymentReview'], isAnswered: true },
};

const {
  REVIEW_RESOLUTION_CAPTURED,
  REVIEW_RESOLUTION_NOT_CHARGED,
  REVIEW_RESOLUTION_REFUNDED_ELSEWHERE,
  REVIEW_RESOLUTION_UNSPECIFIED,
} = ReviewResolution;

const commands: Readonly<Record<PaymentCommand['type'], PaymentCommand>> = {
  StartCharge: startCharge,
  CancelPayment: cancelPayment,
  Refund: refund,
  RecordCaptured: recordCaptured,
  RecordDeclined: recordDeclined,
  RecordReviewNeeded: recordReviewNeeded,
  RecordRefunded: recordRefunded,
  RecordRefundRefused: recordRefundRefused,
  ResolveReview: resolveReview(REVIEW_RESOLUTION_CAPTURED),
};
const variants: readonly { readonly name: string; readonly command: PaymentCommand }[] = [
  { name: 'ResolveReview, not charged', command: resolveReview(REVIEW_RESOLUTION_NOT_CHARGED) },
  { name: 'ResolveReview, refunded elsewhere', command: resolveReview(REVIEW_RESOLUTION_REFUNDED_ELSEWHERE) },
  { name: 'ResolveReview, an unknown word', command: resolveReview(REVIEW_RESOLUTION_UNSPECIFIED) },
  { name: 'RecordCaptured, another charge', command: { ...recordCaptured, providerReference: 'ch_2' } },
  { name: 'RecordRefunded, 2nd attempt', command: { ...recordRefunded, attempt: 2 } },
  { name: 'RecordRefundRefused, 2nd attempt', command: { ...recordRefundRefused, attempt: 2 } },
];
const nameOfArrival: Partial<Record<PaymentCommand['type'], string>> = {
  ResolveReview: 'ResolveReview, captured',
};

const nameOf = (state: PaymentCase): string =>
  'context' in state.payment && state.payment.context.mode === SagaMode.SAGA_MODE_DIRECT
    ? `${standingOf(state)}, by rpc`
    : standingOf(state);

function standingOf({ payment, isChargeUntouched }: PaymentCase): string {
  switch (payment.status) {
    case 'started':
      return isChargeUntouched ? 'started, provider not asked yet' : 'started';
    case 'needsReview':
      return payment.cancelMessage === undefined ? 'needsReview' : 'needsReview, to be cancelled';
    case 'refunding':
      return payment.attempt === 1 ? 'refunding' : 'refunding again';
    case 'voided':
      return payment.amount ? 'voided' : 'voided, never charged';
    case 'none':
    case 'cancelling':
    case 'captured':
    case 'declined':
    case 'refunded':
    case 'unreadable':
      return payment.status;
    default:
      payment satisfies never;
      throw new Error('no such state');
  }
}

const stateAfter = (...events: readonly PaymentEvent[]) => foldEvents(paymentDecider, initialCase, events);
const samplesOf = (made: (event: PaymentEvent) => PaymentEvent): readonly PaymentCase[] => [
  stateAfter(made(started)),
  { ...stateAfter(made(started)), isChargeUntouched: false },
  ...HISTORIES.slice(1).map((events) => stateAfter(...events.map(made))),
];
const subscribed = paymentSubscriptions.flatMap(({ policies }) => policies.codec.types);

export const paymentMachine: Machine<PaymentCase, PaymentCommand, PaymentEvent> = {
  title: 'Payment',
  intro:
    'An order is charged at most once and refunded at most once; what was cancelled keeps no money. Only a definite answer of the ' +
    'provider, or what an operator found out, is recorded: a timeout is none, and the same key is asked again. Callers of the rpcs get the same refusals. ' +
    'What is "by rpc" was made by somebody else than the own saga of its order, which is what arrives: it pays no order.',
  decider: paymentDecider,
  states: [
    stateAfter(),
    ...samplesOf((event) => event),
    ...samplesOf(byRpc),
    { payment: { status: 'unreadable' }, isChargeUntouched: false },
  ],
  nameOf,
  arrivals: [
    ...Object.values(commands).map((command) => ({
      name: nameOfArrival[command.type] ?? command.type,
      command,
    })),
    ...variants,
  ].map(({ name, command }) => ({ name, command, ...brought[command.type] })),
  subscribed,
  leftAlone: leftAloneBy('orderlog.payment.v1', subscribed),
  remedies: {
    PAYMENT_UNKNOWN:
      'To a caller: the order has no payment. To an operator: the provider answers for a payment that this database lacks, as after the restore of an old backup: `orderlog recover`.',
    PAYMENT_NOT_CAPTURED:
      'There is nothing to give back; or it is not known yet, and then CancelPayment gives it back if there is.',
    PAYMENT_NOT_IN_REVIEW: 'There is nothing to settle: its outcome is known, or is still asked for.',
    RESOLUTION_UNKNOWN: 'Give CAPTURED, NOT_CHARGED or REFUNDED_ELSEWHERE.',
    LATE_OUTCOME:
      "The provider says what does not fit what is final here: money may be where it should not be. Compare the payment's history with the provider's ledger (reconciliation) and settle it with the provider; the call is repeated meanwhile.",
    HISTORY_UNREADABLE:
      'A newer version has written this payment. Upgrade this service; then replay what is parked.',
  },
};
