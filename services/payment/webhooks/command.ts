/**
 * The command that a provider's news are, seen beside the payment that they are about. The decider takes it as it takes an
 * answer: told twice it changes nothing, and what contradicts a final outcome is refused.
 */
import { chargeCommand, refundedCommand, refundRefusedCommand } from '../answers.ts';
import { type PaymentCommand, paymentIdOf, refundKeyOf } from '../domain/commands.ts';
import type { KnownPayment } from '../domain/state.ts';
import type { ProviderNews } from '../provider/news.ts';

/** Why news are not taken: for the log, and for a person to look at. */
export type Verdict =
  | { readonly command: PaymentCommand }
  | { readonly alarm: string }
  | { readonly old: true };

export function verdictOn(news: ProviderNews, payment: KnownPayment): Verdict {
  return news.kind === 'charge' ? onCharge(news, payment) : onRefund(news, payment);
}

function onCharge(news: ProviderNews & { kind: 'charge' }, payment: KnownPayment): Verdict {
  if (news.key !== paymentIdOf(news.orderId))
    return { alarm: 'it is of another charge than the one asked for' };
  const amount = 'amount' in payment ? payment.amount : undefined;
  if (amount && (amount.currency !== news.currency || amount.minor !== news.amountMinor)) {
    return { alarm: 'it is of another amount than the one asked for' };
  }
  return { command: chargeCommand(news.orderId, news.answer) };
}

function onRefund(
  { key, orderId, answer }: ProviderNews & { kind: 'refund' },
  payment: KnownPayment,
): Verdict {
  const attemptNow = payment.status === 'refunding' ? payment.attempt : 0;
  if (key === refundKeyOf(payment.paymentId, attemptNow)) {
    return answer.kind === 'refunded'
      ? { command: refundedCommand(orderId, attemptNow, answer.reference) }
      : { command: refundRefusedCommand(orderId, attemptNow, answer) };
  }
  if (payment.status !== 'refunded') return { old: true };
  const isSame = answer.kind === 'refunded' && answer.reference === payment.refundReference;
  // A bank can send back what it took: the money is with the provider again.
  return isSame ? { old: true } : { alarm: 'it contradicts the refund that is known' };
}
