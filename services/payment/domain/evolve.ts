/** A payment after one more of its events. Never decides: what the history says has happened. */
import type { EventMeta } from '../../../platform/decider.ts';
import { type Amount, amountOf } from '../../../platform/money.ts';
import { Money } from '../../../proto/gen/google/type/money.ts';
import { SagaContext } from '../../../proto/gen/orderlog/saga/v1/saga.ts';
import type { PaymentEvent } from './events.ts';
import type { PaymentFacts, PaymentState } from './state.ts';

export function evolve(state: PaymentState, event: PaymentEvent, meta: EventMeta): PaymentState {
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
    case 'PaymentVoided':
      return { ...facts, status: 'voided', ...('amount' in state && { amount: state.amount }) };
    case 'PaymentRefunded': {
      const refundReference = event.data.providerReference;
      const providerReference = referenceOf(state);
      return { ...facts, status: 'refunded', amount: amount(event.data), providerReference, refundReference };
    }
    case 'PaymentRefundFailed':
      return {
        ...facts,
        status: 'cancelling',
        amount: amount(event.data),
        providerReference: referenceOf(state),
      };
    case 'PaymentNeedsReview':
      return { ...facts, status: 'needsReview', amount: amount(event.data), message: event.data.message };
    case 'PaymentReviewResolved':
      // The outcome's own event follows.
      return 'paymentId' in state ? { ...state, updatedAt: meta.time } : state;
    default:
      event satisfies never;
      return state;
  }
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
