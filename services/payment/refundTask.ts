/**
 * The task that follows PaymentRefundStarted: asks the provider to give the money back, under a key of this attempt's own. An
 * unknown answer is asked for again under the same key; after a definite refusal the decider makes the next attempt, unless
 * the provider says that the money of this charge is back already: given back by hand, or under a key that it has forgotten since.
 */
import { eventIdOf } from '../../platform/ids.ts';
import { amountOf } from '../../platform/money.ts';
import { required } from '../../platform/policies.ts';
import type { TaskHandler } from '../../platform/taskWorker.ts';
import type { PaymentRefundStarted } from '../../proto/gen/orderlog/payment/v1/events.ts';
import { PAYMENTS } from '../../proto/streams.ts';
import { againAfter } from './againAfter.ts';
import { refundedCommand, refundRefusedCommand } from './answers.ts';
import { type PaymentCommand, refundKeyOf } from './domain/commands.ts';
import type { PaymentCase } from './domain/state.ts';
import { type Provider, ProviderUnknown } from './provider/provider.ts';
import { readRefundPayload } from './tasks.ts';

export interface RefundTaskParts {
  readonly provider: Pick<Provider, 'refund' | 'lookup'>;
}

export const refundTask =
  ({ provider }: RefundTaskParts): TaskHandler<PaymentCase, PaymentCommand> =>
  async (task, signal) => {
    const { version, started } = readRefundPayload(task.payload);
    const cause = { stream: PAYMENTS.name, eventId: eventIdOf('payment', started.paymentId, version) };
    const { orderId } = required(started.context, 'context');
    const { attempt, paymentId } = started;
    const { currency, minor } = amountOf(required(started.amount, 'amount'), 'amount');
    try {
      const chargeReference = started.providerReference || (await findCharge(provider, started, signal));
      const key = refundKeyOf(paymentId, attempt);
      const answer = await provider.refund(
        { key, orderId, chargeReference, currency, amountMinor: minor },
        signal,
      );
      if (answer.kind === 'refunded') {
        return { command: refundedCommand(orderId, attempt, answer.reference), cause };
      }
      const refundReference = await findRefund(provider, paymentId, chargeReference, signal);
      if (refundReference !== undefined)
        return { command: refundedCommand(orderId, attempt, refundReference), cause };
      return { command: refundRefusedCommand(orderId, attempt, answer), cause };
    } catch (error) {
      return againAfter(error, task.attempts);
    }
  };

/** The refund of the whole charge, whoever made it. An operator may have told of another charge than the one under our key. */
async function findRefund(
  provider: RefundTaskParts['provider'],
  paymentId: string,
  chargeReference: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const answer = await provider.lookup(paymentId, signal);
  if (answer.kind !== 'captured' || answer.reference !== chargeReference) return undefined;
  return answer.refundReference;
}

/** Where an operator knew that the charge is captured, and not its id. */
async function findCharge(
  provider: RefundTaskParts['provider'],
  { paymentId }: PaymentRefundStarted,
  signal: AbortSignal,
): Promise<string> {
  const answer = await provider.lookup(paymentId, signal);
  if (answer.kind === 'captured') return answer.reference;
  throw new ProviderUnknown(
    `the provider does not tell the id of the charge to give back (${answer.kind} under ${paymentId})`,
  );
}
