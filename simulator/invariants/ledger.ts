/** 5: what Payment says was captured and given back is what the provider's ledger says, both ways. */
import { Violation } from '../violation.ts';
import type { World } from '../world.ts';
import { type History, ofType } from './histories.ts';

export function auditLedger({ provider }: World, histories: readonly History[]): void {
  for (const { orderId, payment } of histories) {
    const processed = ofType(payment, 'PaymentProcessed');
    const refunded = ofType(payment, 'PaymentRefunded');
    const captures = provider.captures.filter((capture) => capture.orderId === orderId);
    const references = captures.map(({ reference }) => reference);
    const refunds = provider.refunds.filter(({ chargeReference }) => references.includes(chargeReference));
    const told = payment.map(({ type }) => type).join(', ');
    // What an operator gave back by hand, Payment never knew as captured.
    const isByHand = refunds.some(({ reference }) => reference.startsWith('by hand'));
    if (processed.length !== captures.length && !isByHand) {
      throw new Violation(
        5,
        `order ${orderId}: ${captures.length} captures in the ledger, and ${told} at Payment`,
      );
    }
    if (refunded.length !== refunds.length) {
      throw new Violation(
        5,
        `order ${orderId}: ${refunds.length} refunds in the ledger, and ${told} at Payment`,
      );
    }
    for (const { data } of processed) {
      // Empty where an operator found out that it is captured, and under which id not.
      if (data.providerReference === '' || references.includes(data.providerReference)) continue;
      throw new Violation(
        5,
        `order ${orderId}: Payment knows of ${data.providerReference}, which the ledger does not`,
      );
    }
  }
  const known = new Set(histories.map(({ orderId }) => orderId));
  const unknown = provider.captures.find(({ orderId }) => !known.has(orderId));
  if (unknown) throw new Violation(5, `${unknown.reference} is in the ledger for no order`);
}
