/** One payment, as Payment has it and as the provider has it. Pure. */
import { amountOf } from '../../platform/money.ts';
import type { Payment } from '../../proto/gen/orderlog/payment/v1/payment_service.ts';
import { PaymentStatus, paymentStatusToJSON } from '../../proto/gen/orderlog/payment/v1/types.ts';
import type { LedgerCharge, LedgerRefund } from './ledger.ts';

/** What the provider has under one key. */
export interface AtProvider {
  readonly charge?: LedgerCharge;
  readonly refunds: readonly LedgerRefund[];
}

/** What is wrong, each in words; nothing while the outcome is on its way between the two. */
export function differencesOf(payment: Payment | undefined, atProvider: AtProvider): readonly string[] {
  const { charge, refunds } = atProvider;
  if (!payment) return charge ? [`the provider has charge ${charge.id}, and there is no such payment`] : [];
  const isCaptured = charge?.status === 'captured';
  const found = [...moneyDifferences(payment, atProvider)];
  switch (payment.status) {
    case PaymentStatus.PAYMENT_STATUS_CAPTURED:
      if (!isCaptured) found.push('captured here, and not at the provider');
      if (refunds.length > 0) found.push('given back at the provider, and not here');
      break;
    case PaymentStatus.PAYMENT_STATUS_REFUNDED:
      // Given back outside this system: an operator's word stands for it.
      if (payment.refundReference === '') break;
      if (!refunds.some(({ id }) => id === payment.refundReference)) {
        found.push(`refund ${payment.refundReference} is done here, and not at the provider`);
      }
      break;
    case PaymentStatus.PAYMENT_STATUS_DECLINED:
    case PaymentStatus.PAYMENT_STATUS_VOIDED:
      if (isCaptured) found.push(`${word(payment)} here, and captured at the provider`);
      break;
    case PaymentStatus.PAYMENT_STATUS_CANCELLING:
      // Without a reference the charge's outcome is not known here.
      if (payment.providerReference !== '' && !isCaptured) {
        found.push('to be given back here, and not captured at the provider');
      }
      break;
    default:
      if (refunds.length > 0) found.push(`given back at the provider, and ${word(payment)} here`);
  }
  return found;
}

/** Amounts and ids, whatever the status. */
function* moneyDifferences(payment: Payment, { charge, refunds }: AtProvider): Generator<string> {
  if (charge?.status !== 'captured') return;
  const amount = payment.amount && amountOf(payment.amount, 'amount');
  const inMinor = amount && `${amount.minor} ${amount.currency}`;
  const captured = `${charge.amountMinor} ${charge.currency}`;
  if (inMinor !== undefined && inMinor !== captured) {
    yield `${inMinor} here, ${captured} at the provider (in minor units)`;
  }
  if (payment.providerReference !== '' && payment.providerReference !== charge.id) {
    yield `charge ${payment.providerReference} here, ${charge.id} at the provider`;
  }
  if (charge.orderId !== payment.orderId) yield `charged for order ${charge.orderId} at the provider`;
  const back = refunds.reduce((sum, { amountMinor }) => sum + BigInt(amountMinor), 0n);
  if (refunds.length > 0 && back !== BigInt(charge.amountMinor)) {
    yield `${back} given back at the provider, of ${charge.amountMinor} (in minor units)`;
  }
}

const word = ({ status }: Payment): string =>
  paymentStatusToJSON(status).replace('PAYMENT_STATUS_', '').toLowerCase().replace('_', ' ');
