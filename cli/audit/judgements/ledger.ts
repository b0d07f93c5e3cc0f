/** The provider's ledger against the payments, one entry or event at a time and both ways. Pure. */

import { moneyOf } from '../../../platform/money.ts';
import type { Money } from '../../../proto/gen/google/type/money.ts';
import { amountText } from '../amounts.ts';
import type { Evidence, Findings } from '../finding.ts';
import type { PaymentStatus } from '../lifecycle.ts';
import { named, only, type Story } from '../story.ts';
import { isRefundedElsewhere } from './refunds.ts';

interface Common {
  /** The idempotency key; of a charge the payment's id. */
  readonly key: string;
  /** The provider's own id. */
  readonly id: string;
  readonly amountMinor: string;
  readonly currency: string;
}
export interface LedgerCharge extends Common {
  readonly kind: 'charge';
  readonly orderId: string;
  readonly status: 'captured' | 'declined';
}
export interface LedgerRefund extends Common {
  readonly kind: 'refund';
  /** The provider's id of the charge that was given back. */
  readonly chargeId: string;
}
export type LedgerEntry = LedgerCharge | LedgerRefund;

/** The events that money moved with. */
const moneyEvents = ({ payment }: Story) => [
  ...only(payment, 'PaymentProcessed'),
  ...only(payment, 'PaymentRefunded'),
];

/** The events that the provider's answers became. */
export const answeredEvents = (story: Story) => [
  ...moneyEvents(story),
  ...only(story.payment, 'PaymentFailed'),
];

/** Payment has asked, or will ask again, and does not know yet. */
const ASKING: Readonly<Record<LedgerEntry['kind'], readonly PaymentStatus[]>> = {
  charge: ['started', 'cancelling', 'needsReview'],
  refund: ['refunding'],
};

/**
 * Judges an entry by its payment (undefined: none has its key). Returns the id of the event that tells of it; undefined if
 * there is none, which is a violation unless its payment is still asking.
 */
export function judgeEntry(
  entry: LedgerEntry,
  story: Story | undefined,
  findings: Findings,
): string | undefined {
  const amount = moneyOf({ currency: entry.currency, minor: BigInt(entry.amountMinor) });
  const evidence = { 'provider id': entry.id, key: entry.key, amount: amountText(amount) };
  const orderId = story?.orderId ?? (entry.kind === 'charge' ? entry.orderId : 'unknown');
  const subject = `order ${orderId}`;
  const type = entry.kind === 'charge' ? 'PaymentProcessed' : 'PaymentRefunded';
  const event =
    story &&
    moneyEvents(story).find((known) => known.type === type && isOf(known.data.providerReference, entry));
  if (entry.kind === 'charge' && entry.status === 'declined') {
    if (event) findings.violation(subject, 'the provider declined what is recorded as captured', evidence);
    const told = event ?? (story && only(story.payment, 'PaymentFailed')[0]);
    return told?.stored.eventId;
  }
  if (event) {
    compareAmounts(event.data.amount, amount, subject, evidence, findings);
    return event.stored.eventId;
  }
  const isAsking = story && ASKING[entry.kind].includes(story.payment.status);
  if (isAsking || (story && isRefundedElsewhere(story))) return undefined;
  const what = entry.kind === 'charge' ? 'took money' : 'gave money back';
  const status = { 'payment.status': story?.payment.status ?? 'none' };
  findings.violation(subject, `the provider ${what}, and Payment does not know`, { ...evidence, ...status });
  return undefined;
}

/** An operator who settled a review may have left the charge's id out; its key tells as much. */
const isOf = (reference: string, { kind, id }: LedgerEntry): boolean =>
  reference === id || (kind === 'charge' && reference === '');

function compareAmounts(
  recorded: Money | undefined,
  amount: Money,
  subject: string,
  evidence: Evidence,
  findings: Findings,
): void {
  if (amountText(recorded) === amountText(amount)) return;
  const both = { ...evidence, recorded: amountText(recorded) };
  findings.violation(subject, "a payment's amount is not that of the provider's ledger", both);
}

/** Judges an event that no entry tells of. */
export function judgeUntold(
  story: Story,
  event: ReturnType<typeof answeredEvents>[number],
  findings: Findings,
): void {
  const subject = `order ${story.orderId}`;
  const evidence = { event: named(event.stored), id: event.stored.eventId };
  if (event.type === 'PaymentFailed') {
    // What was found out not to be charged the provider need never have heard of.
    if (only(story.payment, 'PaymentReviewResolved').length > 0) return;
    findings.violation(subject, "the provider's ledger does not have the decline that is recorded", evidence);
    return;
  }
  if (isRefundedElsewhere(story)) return;
  const of = { ...evidence, 'provider id': event.data.providerReference };
  findings.violation(subject, "the provider's ledger does not have what is recorded", of);
}
