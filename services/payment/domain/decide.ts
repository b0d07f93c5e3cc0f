/**
 * The payment's decider. An order is charged at most once and refunded at most once; what was cancelled keeps no money.
 * Only what the provider definitely answered, or an operator found out, is recorded.
 */
import { type Decider, type Decision, refuse } from '../../../platform/decider.ts';
import { cancelPayment, refund } from './cancel.ts';
import { recordCaptured, recordDeclined, startCharge } from './charge.ts';
import { orderIdOf, type PaymentCommand } from './commands.ts';
import type { PaymentEvent } from './events.ts';
import { evolve } from './evolve.ts';
import { recordRefunded, recordRefundRefused } from './giveBack.ts';
import { paymentUnknown, paymentUnreadable } from './refusals.ts';
import { recordReviewNeeded, resolveReview } from './review.ts';
import type { PaymentCase } from './state.ts';

export const paymentDecider: Decider<PaymentCase, PaymentCommand, PaymentEvent> = { decide, evolve };

function decide(command: PaymentCommand, state: PaymentCase): Decision<PaymentEvent> {
  if (state.payment.status === 'unreadable') return refuse(paymentUnreadable);
  const payment = state.payment.status === 'none' ? undefined : state.payment;
  const { isChargeUntouched } = state;
  if (command.type === 'StartCharge') return startCharge(command, payment, isChargeUntouched);
  if (command.type === 'CancelPayment') return cancelPayment(command, payment, isChargeUntouched);
  if (!payment) return refuse(paymentUnknown(orderIdOf(command)));
  switch (command.type) {
    case 'RecordCaptured':
      return recordCaptured(command, payment);
    case 'RecordDeclined':
      return recordDeclined(command, payment);
    case 'Refund':
      return refund(command, payment);
    case 'RecordRefunded':
      return recordRefunded(command, payment);
    case 'RecordRefundRefused':
      return recordRefundRefused(command, payment);
    case 'RecordReviewNeeded':
      return recordReviewNeeded(command, payment);
    case 'ResolveReview':
      return resolveReview(command, payment);
    default:
      command satisfies never;
      throw new Error('no such command');
  }
}
