/** Order's table. */
import { foldEvents } from '../../platform/deciderTesting.ts';
import { SagaMode } from '../../proto/gen/orderlog/saga/v1/saga.ts';
import type { OrderCommand } from '../../services/order/domain/commands.ts';
import { orderDecider } from '../../services/order/domain/decide.ts';
import type { OrderEvent } from '../../services/order/domain/events.ts';
import { evolveUnknown } from '../../services/order/domain/evolve.ts';
import {
  commands,
  context,
  histories,
  noteItemsReserved,
  notePaymentFailed,
  notePaymentProcessed,
  notePaymentRefunded,
  notePaymentVoided,
  orderCreated,
  otherTotal,
  placeOrder,
} from '../../services/order/domain/samples.testing.ts';
import { initialOrder, type OrderState } from '../../services/order/domain/state.ts';
import { orderSubscriptions } from '../../services/order/subscriptions.ts';
import { leftAloneBy } from './leftAlone.ts';
import type { Arrival, Machine } from './machine.ts';

const CATALOG = 'orderlog.catalog.v1.';
const PAYMENT = 'orderlog.payment.v1.';

/** To a call that Order makes in a direct saga. */
const answer = (rpc: string): string => `answer to ${rpc}`;

/** What brings each command. A command that is missing here is a type error. */
const brought: Readonly<Record<OrderCommand['type'], Omit<Arrival<OrderCommand>, 'name' | 'command'>>> = {
  PlaceOrder: { events: [], others: ['rpc PlaceOrder'], isAnswered: true },
  CancelOrder: { events: [], others: ['rpc CancelOrder'], isAnswered: true },
  ExpireOrder: { events: [], others: ["the order's timer"], isAnswered: false },
  NoteItemsReserved: {
    events: [`${CATALOG}ItemsReserved`],
    others: [answer('ReserveItems')],
    isAnswered: false,
  },
  NoteReserveFailed: {
    events: [`${CATALOG}ReserveFailed`],
    others: [answer('ReserveItems')],
    isAnswered: false,
  },
  NotePaymentProcessed: {
    events: [`${PAYMENT}PaymentProcessed`],
    others: [answer('Charge')],
    isAnswered: false,
  },
  NotePaymentFailed: {
    events: [`${PAYMENT}PaymentFailed`],
    others: [answer('Charge'), answer('CancelPayment')],
    isAnswered: false,
  },
  NotePaymentVoided: {
    events: [`${PAYMENT}PaymentVoided`],
    others: [answer('Charge'), answer('CancelPayment')],
    isAnswered: false,
  },
  NotePaymentRefunded: {
    events: [`${PAYMENT}PaymentRefunded`],
    others: [answer('CancelPayment')],
    isAnswered: false,
  },
  NotePaymentNeedsReview: { events: [`${PAYMENT}PaymentNeedsReview`], others: [], isAnswered: false },
  NoteCallDone: { events: [], others: ['answers that say nothing else'], isAnswered: false },
};

/** The same commands with what makes a difference. */
const variants: readonly { readonly name: string; readonly command: OrderCommand }[] = [
  {
    name: 'PlaceOrder, another order',
    command: { ...placeOrder, context: { ...context, customerId: 'bob' } },
  },
  {
    name: 'NoteItemsReserved, another total',
    command: { ...noteItemsReserved, total: otherTotal },
  },
  {
    name: 'NotePaymentProcessed, another amount',
    command: { ...notePaymentProcessed, amount: otherTotal },
  },
];

/** Of a payment that somebody else makes by rpc; Order hears of it from the log alone. */
const ofAnotherSaga = [notePaymentProcessed, notePaymentFailed, notePaymentVoided, notePaymentRefunded].map(
  (command): Arrival<OrderCommand> => ({
    ...brought[command.type],
    name: `${command.type}, of a direct saga that is not the order's`,
    command: { ...command, mode: SagaMode.SAGA_MODE_DIRECT },
    others: [],
  }),
);

function nameOf(state: OrderState): string {
  switch (state.status) {
    case 'needsReview':
      return state.reservation ? 'needsReview' : 'needsReview, goods not known yet';
    case 'cancelling':
      return state.review ? 'cancelling, in review' : 'cancelling';
    case 'completed':
      return state.refund ? 'completed, money asked back' : 'completed';
    case 'rejected':
      return state.refund ? 'rejected, captured since' : 'rejected';
    case 'cancelled':
      if (state.refund) return 'cancelled, captured since';
      return state.refunded ? 'cancelled and refunded' : 'cancelled';
    case 'none':
    case 'pending':
    case 'reserved':
    case 'paid':
    case 'refunded':
    case 'unreadable':
      return state.status;
    default:
      state satisfies never;
      throw new Error('no such state');
  }
}

const subscribed = orderSubscriptions.flatMap(({ policies }) => policies.codec.types);
const stateAfter = (events: readonly OrderEvent[]) => foldEvents(orderDecider, initialOrder, events);

export const orderMachine: Machine<OrderState, OrderCommand, OrderEvent> = {
  title: 'Order',
  intro:
    'An order ends when it is both reserved and paid, when it cannot be reserved, or when its payment failed or was undone. ' +
    'It has one end, and after it at most the refund of a completed order. What is "captured since" was paid after an end ' +
    'without a sale: it is given back, and the log of the service holds the alarm `CAPTURED_AFTER_END`. The table holds for ' +
    'every saga mode; of what somebody else drives by rpc only the payment counts. What the order asks of the others upon its own events stands in [saga-definition.md](saga-definition.md).',
  decider: orderDecider,
  states: [
    ...Object.values(histories)
      .flat()
      .map((events) => stateAfter(events)),
    evolveUnknown(stateAfter([orderCreated]), 'orderlog.order.v1.OrderGiftWrapped'),
  ],
  nameOf,
  arrivals: [
    ...[...Object.values(commands).map((command) => ({ name: command.type, command })), ...variants].map(
      ({ name, command }) => ({ name, command, ...brought[command.type] }),
    ),
    ...ofAnotherSaga,
  ],
  subscribed,
  leftAlone: leftAloneBy('orderlog.order.v1', subscribed),
  remedies: {
    ORDER_NOT_FOUND:
      'To a caller: the id is wrong. To an operator: the log tells of an order that this database lacks, as after the restore of an old backup: `orderlog recover`, then replay what is parked.',
    ORDER_REJECTED: 'Nothing was charged and nothing is held: there is nothing to undo.',
    ORDER_CANCELLED: 'It ended without a sale: there is nothing to undo.',
    ORDER_REFUNDED: 'The money is back: there is nothing to undo.',
    REQUEST_ID_REUSED: 'Choose a new request_id for a new order.',
    AMOUNT_DIFFERS:
      'Not the total was captured. `orderlog cancel` the order, so that it is given back; then replay what is parked.',
    CONTRADICTORY_REPORT:
      "Two services report what cannot both be: a fault of ours. Look at the order's and the payment's histories and at the provider's ledger; deploy the fix; replay what is parked.",
    HISTORY_UNREADABLE:
      'A newer version has written to this order. Upgrade this service; then replay what is parked.',
  },
};
