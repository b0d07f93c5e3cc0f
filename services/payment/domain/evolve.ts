/** A payment after one more of its events. Never decides: what the history says has happened. */
import type { EventMeta } from '../../../platform/decider.ts';
import { type Amount, amountOf } from '../../../platform/money.ts';
import { Money } from '../../../proto/gen/google/type/money.ts';
import { SagaContext } from '../../../proto/gen/orderlog/saga/v1/saga.ts';
import type { PaymentEvent } from './events.ts';
import type { PaymentCase, PaymentFacts, PaymentState } from './state.ts';

export const evolve = ({ payment }: PaymentCase, event: PaymentEvent, meta: EventMeta): PaymentCase => ({
  payment: evolvePayment(payment, event, meta),
  // Its task is made with the event, and whoever begins is not told here.
  isChargeUntouched: event.type === 'PaymentStarted',
});

/** The payment alone. */
export function evolvePayment(state: PaymentState, event: PaymentEvent, meta: EventMeta): PaymentState {
  const facts = factsAfter(state, event, meta);
  switch (event.type) {
    case 'PaymentStarted':
      return { ...facts, status: 'started', amount: amount(event.data) };
    case 'PaymentProcessed': {
      const { providerReference } = event.data;
      return { ...facts, status: 'captured', amount: amount(event.data), providerReference };
    }
    case 'PaymentFailed': {
      const { declineCode, message } = event.data;
      return { ...facts, status: 'declined', amount: amount(event.data), declineCode, message };
    }
    case 'PaymentCancellationRequested':
      return cancellationRequested(state, facts, event.data.message);
    case 'PaymentVoided':
      // Told to a saga that had not heard of the end before: the end stays.
      if (state.status === 'declined' || state.status === 'refunded') return { ...state, ...facts };
      return { ...facts, status: 'voided', ...('amount' in state && { amount: state.amount }) };
    case 'PaymentRefundStarted': {
      const { providerReference, attempt, message } = event.data;
      return {
        ...facts,
        status: 'refunding',
        amount: amount(event.data),
        providerReference,
        attempt,
        message,
      };
    }
    case 'PaymentRefundFailed':
      // The next attempt's own event follows.
      return 'paymentId' in state ? { ...state, updatedAt: meta.time } : state;
    case 'PaymentRefunded': {
      const refundReference = event.data.providerReference;
      const providerReference = referenceOf(state);
      return { ...facts, status: 'refunded', amount: amount(event.data), providerReference, refundReference };
    }
    case 'PaymentNeedsReview': {
      const { message } = event.data;
      const waits = state.status === 'cancelling' && { cancelMessage: state.message };
      return { ...facts, status: 'needsReview', amount: amount(event.data), message, ...waits };
    }
    case 'PaymentReviewResolved':
      // The outcome's own event follows.
      return 'paymentId' in state ? { ...state, updatedAt: meta.time } : state;
    default:
      event satisfies never;
      return state;
  }
}

/** Of a charge whose outcome is not known. */
function cancellationRequested(state: PaymentState, facts: PaymentFacts, message: string): PaymentState {
  if (state.status === 'needsReview') return { ...state, ...facts, cancelMessage: message };
  return 'amount' in state && state.amount
    ? { ...facts, status: 'cancelling', amount: state.amount, message }
    : state;
}

function factsAfter(state: PaymentState, { data }: PaymentEvent, { time }: EventMeta): PaymentFacts {
  const { context = SagaContext.fromPartial({}), paymentId } = data;
  return { context, paymentId, createdAt: 'createdAt' in state ? state.createdAt : time, updatedAt: time };
}

/** Events hold amounts that moneyOf made, which amountOf takes back. */
const amount = (data: { readonly amount: Money | undefined }): Amount =>
  amountOf(data.amount ?? Money.fromPartial({}), 'amount');

const referenceOf = (state: PaymentState): string =>
  'providerReference' in state ? state.providerReference : '';
