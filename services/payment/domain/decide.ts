/**
 * The payment's decider. An order is charged once: a second charge changes nothing and so gets the first outcome. Only
 * what the provider definitely answered is recorded.
 */
import { accept, type Decider, type Decision, nothing, refuse } from '../../../platform/decider.ts';
import { moneyOf } from '../../../platform/money.ts';
import {
  orderIdOf,
  type PaymentCommand,
  paymentIdOf,
  type RecordCaptured,
  type RecordDeclined,
  type StartCharge,
} from './commands.ts';
import type { PaymentEvent } from './events.ts';
import { evolve } from './evolve.ts';
import { lateOutcome, paymentUnknown, paymentUnreadable } from './refusals.ts';
import type { KnownPayment, PaymentState } from './state.ts';

export const paymentDecider: Decider<PaymentState, PaymentCommand, PaymentEvent> = { decide, evolve };

function decide(command: PaymentCommand, state: PaymentState): Decision<PaymentEvent> {
  if (state.status === 'unreadable') return refuse(paymentUnreadable);
  if (command.type === 'StartCharge') return state.status === 'none' ? startCharge(command) : nothing;
  if (state.status === 'none') return refuse(paymentUnknown(orderIdOf(command)));
  switch (command.type) {
    case 'RecordCaptured':
      return recordCaptured(command, state);
    case 'RecordDeclined':
      return recordDeclined(command, state);
    default:
      command satisfies never;
      throw new Error('no such command');
  }
}

const startCharge = ({ context, amount }: StartCharge): Decision<PaymentEvent> =>
  accept({
    type: 'PaymentStarted',
    data: { context, paymentId: paymentIdOf(context.orderId), amount: moneyOf(amount) },
  });

function recordCaptured(
  { providerReference }: RecordCaptured,
  payment: KnownPayment,
): Decision<PaymentEvent> {
  const { context, paymentId } = payment;
  switch (payment.status) {
    case 'started':
      return accept({
        type: 'PaymentProcessed',
        data: { context, paymentId, amount: moneyOf(payment.amount), providerReference },
      });
    case 'captured':
    case 'cancelling':
    case 'refunded':
      // The same charge, told again: the provider knows one charge under one key.
      return payment.providerReference === providerReference
        ? nothing
        : refuse(lateOutcome(payment, `charge ${providerReference} is captured too`));
    case 'declined':
    case 'voided':
    case 'needsReview':
      return refuse(lateOutcome(payment, `charge ${providerReference} is captured`));
    default:
      payment satisfies never;
      return nothing;
  }
}

function recordDeclined(
  { declineCode, message }: RecordDeclined,
  payment: KnownPayment,
): Decision<PaymentEvent> {
  const { context, paymentId } = payment;
  switch (payment.status) {
    case 'started':
      return accept({
        type: 'PaymentFailed',
        data: { context, paymentId, amount: moneyOf(payment.amount), declineCode, message },
      });
    case 'declined':
    case 'voided':
      // Nothing was captured, as was known.
      return nothing;
    case 'captured':
    case 'cancelling':
    case 'refunded':
    case 'needsReview':
      return refuse(lateOutcome(payment, `the provider declined it (${declineCode})`));
    default:
      payment satisfies never;
      return nothing;
  }
}
