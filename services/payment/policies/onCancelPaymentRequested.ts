/** The orchestrator gives the sale up: Payment keeps no money for it. */
import { orchestrated } from '../../../platform/policies.ts';
import type { CancelPaymentRequested } from '../../../proto/gen/orderlog/order/v1/events.ts';
import type { CancelPayment } from '../domain/commands.ts';
import { messageOf } from './onOrderCancellationRequested.ts';

export function onCancelPaymentRequested(event: CancelPaymentRequested): CancelPayment | undefined {
  const context = orchestrated(event);
  return context && { type: 'CancelPayment', context, message: messageOf(event) };
}
