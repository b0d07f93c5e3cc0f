/** The orchestrator asks for the money: Payment charges it. */
import { amountOf } from '../../../platform/money.ts';
import { orchestrated, required } from '../../../platform/policies.ts';
import type { ChargeRequested } from '../../../proto/gen/orderlog/order/v1/events.ts';
import type { StartCharge } from '../domain/commands.ts';

export function onChargeRequested(event: ChargeRequested): StartCharge | undefined {
  const context = orchestrated(event);
  if (!context) return undefined;
  required(context.sealedPaymentToken, 'context.sealed_payment_token');
  return { type: 'StartCharge', context, amount: amountOf(required(event.amount, 'amount'), 'amount') };
}
