/** The goods are held, at a price: Payment charges it. */
import { amountOf } from '../../../platform/money.ts';
import { choreographed, required } from '../../../platform/policies.ts';
import type { ItemsReserved } from '../../../proto/gen/orderlog/catalog/v1/events.ts';
import type { StartCharge } from '../domain/commands.ts';

export function onItemsReserved(event: ItemsReserved): StartCharge | undefined {
  const context = choreographed(event);
  if (!context) return undefined;
  required(context.sealedPaymentToken, 'context.sealed_payment_token');
  return { type: 'StartCharge', context, amount: amountOf(required(event.total, 'total'), 'total') };
}
