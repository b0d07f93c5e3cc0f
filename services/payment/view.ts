/** A payment as the contract shows it. */
import { moneyOf } from '../../platform/money.ts';
import type { Versioned } from '../../platform/writeModel.ts';
import {
  ChargeOutcome,
  type ChargeResponse,
  Payment,
} from '../../proto/gen/orderlog/payment/v1/payment_service.ts';
import { PaymentStatus } from '../../proto/gen/orderlog/payment/v1/types.ts';
import { isKnown, type KnownPayment } from './domain/state.ts';
import type { RowFacts } from './rows.ts';
import type { ListedPayment } from './store.ts';

const statuses: Readonly<Record<KnownPayment['status'], PaymentStatus>> = {
  started: PaymentStatus.PAYMENT_STATUS_STARTED,
  captured: PaymentStatus.PAYMENT_STATUS_CAPTURED,
  declined: PaymentStatus.PAYMENT_STATUS_DECLINED,
  cancelling: PaymentStatus.PAYMENT_STATUS_CANCELLING,
  refunding: PaymentStatus.PAYMENT_STATUS_CANCELLING,
  voided: PaymentStatus.PAYMENT_STATUS_VOIDED,
  refunded: PaymentStatus.PAYMENT_STATUS_REFUNDED,
  needsReview: PaymentStatus.PAYMENT_STATUS_NEEDS_REVIEW,
};

export function paymentMessage({ state, version }: Versioned<KnownPayment>): Payment {
  return Payment.fromPartial({
    ...factsMessage(state, version),
    status: statuses[state.status],
    ...('providerReference' in state && { providerReference: state.providerReference }),
    ...('refundReference' in state && { refundReference: state.refundReference }),
    ...('declineCode' in state && { declineCode: state.declineCode }),
    ...('message' in state && { message: state.message }),
  });
}

/** The same; what only a newer version can read has no status, and takes nobody else's place in a list with it. */
export const listedMessage = ({ state, version, facts }: ListedPayment): Payment =>
  isKnown(state) ? paymentMessage({ state, version }) : Payment.fromPartial(factsMessage(facts, version));

const factsMessage = ({ paymentId, context, amount, createdAt, updatedAt }: RowFacts, version: number) => ({
  paymentId,
  orderId: context.orderId,
  customerId: context.customerId,
  amount: amount && moneyOf(amount),
  createTime: createdAt,
  updateTime: updatedAt,
  version,
});

/** How the charge ended, by facts that do not change; undefined: it is not known yet. */
export function chargeOutcome(payment: KnownPayment): ChargeResponse | undefined {
  const { paymentId, context, amount } = payment;
  const facts = {
    paymentId,
    orderId: context.orderId,
    amount: amount && moneyOf(amount),
    providerReference: '',
    declineCode: '',
    message: '',
  };
  switch (payment.status) {
    case 'captured':
    case 'refunding':
    case 'refunded': {
      const { providerReference } = payment;
      return { ...facts, outcome: ChargeOutcome.CHARGE_OUTCOME_CAPTURED, providerReference };
    }
    case 'declined':
      return {
        ...facts,
        outcome: ChargeOutcome.CHARGE_OUTCOME_DECLINED,
        declineCode: payment.declineCode,
        message: payment.message,
      };
    case 'voided':
      return { ...facts, outcome: ChargeOutcome.CHARGE_OUTCOME_VOIDED };
    case 'started':
    case 'cancelling':
    case 'needsReview':
      return undefined;
    default:
      payment satisfies never;
      return undefined;
  }
}
