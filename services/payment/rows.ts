/** A payment as a row of the table `payments`, and back. */
import type { Amount } from '../../platform/money.ts';
import { SagaContext } from '../../proto/gen/orderlog/saga/v1/saga.ts';
import type { KnownPayment, PaymentFacts, PaymentState } from './domain/state.ts';

export interface PaymentRow {
  payment_id: string;
  order_id: string;
  customer_id: string;
  status: string;
  currency: string | null;
  amount_minor: bigint | null;
  provider_reference: string | null;
  refund_reference: string | null;
  decline_code: string | null;
  message: string | null;
  cancel_message: string | null;
  refund_attempt: number | null;
  context: Uint8Array;
  created_at: Date;
  updated_at: Date;
}

export function toRow(payment: KnownPayment): PaymentRow {
  const { paymentId, context, status, amount, createdAt, updatedAt } = payment;
  return {
    payment_id: paymentId,
    order_id: context.orderId,
    customer_id: context.customerId,
    status,
    currency: amount?.currency ?? null,
    amount_minor: amount?.minor ?? null,
    provider_reference: 'providerReference' in payment ? payment.providerReference : null,
    refund_reference: 'refundReference' in payment ? payment.refundReference : null,
    decline_code: 'declineCode' in payment ? payment.declineCode : null,
    message: 'message' in payment ? payment.message : null,
    cancel_message: 'cancelMessage' in payment ? (payment.cancelMessage ?? null) : null,
    refund_attempt: 'attempt' in payment ? payment.attempt : null,
    context: SagaContext.encode(context).finish(),
    created_at: createdAt,
    updated_at: updatedAt,
  };
}

/** What can be read of any row. */
export interface RowFacts extends PaymentFacts {
  readonly amount?: Amount;
}

export function factsIn(row: PaymentRow): RowFacts {
  const amount = amountIn(row);
  return {
    context: SagaContext.decode(row.context),
    paymentId: row.payment_id,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    ...(amount && { amount }),
  };
}

/** `unreadable`: a newer version has written the row. */
export function fromRow(row: PaymentRow): PaymentState {
  const facts = factsIn(row);
  const { amount } = facts;
  if (row.status === 'voided') return { ...facts, status: 'voided' };
  return amount ? chargeIn(row, { ...facts, amount }) : { status: 'unreadable' };
}

type ChargeFacts = Omit<Extract<KnownPayment, { status: 'started' }>, 'status'>;

function chargeIn(row: PaymentRow, facts: ChargeFacts): PaymentState {
  const providerReference = row.provider_reference ?? '';
  const message = row.message ?? '';
  switch (row.status) {
    case 'started':
      return { ...facts, status: row.status };
    case 'cancelling':
      return { ...facts, status: row.status, message };
    case 'captured':
      return { ...facts, status: row.status, providerReference };
    case 'refunding': {
      const attempt = row.refund_attempt ?? 1;
      return { ...facts, status: row.status, providerReference, attempt, message };
    }
    case 'declined':
      return { ...facts, status: row.status, declineCode: row.decline_code ?? '', message };
    case 'refunded': {
      const refundReference = row.refund_reference ?? '';
      return { ...facts, status: row.status, providerReference, refundReference };
    }
    case 'needsReview': {
      const waits = row.cancel_message !== null && { cancelMessage: row.cancel_message };
      return { ...facts, status: row.status, message, ...waits };
    }
    default:
      return { status: 'unreadable' };
  }
}

const amountIn = ({ currency, amount_minor: minor }: PaymentRow): Amount | undefined =>
  currency !== null && minor !== null ? { currency, minor } : undefined;
