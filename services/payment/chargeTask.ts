/**
 * The task that follows PaymentStarted: opens the sealed token, asks the provider under the payment's own key, and turns its
 * definite answer into a command. Anything else is unknown, and is asked again under the same key, until the time comes at
 * which the provider may soon forget the key: then nothing is charged any more, the charge is looked up, once, and if that
 * gives no definite answer either, an operator must find out. Only where the provider says that it is still at it, and so will end
 * it, it is looked up again: an operator could learn no more.
 */
import { eventIdOf } from '../../platform/ids.ts';
import { amountOf } from '../../platform/money.ts';
import { required } from '../../platform/policies.ts';
import { type Keyring, open } from '../../platform/sealing.ts';
import type { Task } from '../../platform/tasks.ts';
import type { TaskHandler } from '../../platform/taskWorker.ts';
import { PaymentStarted } from '../../proto/gen/orderlog/payment/v1/events.ts';
import { PAYMENTS } from '../../proto/streams.ts';
import { againAfter } from './againAfter.ts';
import { chargeCommand } from './answers.ts';
import type { PaymentCommand } from './domain/commands.ts';
import type { PaymentCase } from './domain/state.ts';
import { type Provider, ProviderUnknown } from './provider/provider.ts';

export interface ChargeTaskParts {
  readonly tokenKeys: Keyring;
  readonly provider: Pick<Provider, 'charge' | 'lookup'>;
  /** How old a charge may become without a definite answer: less than the provider remembers its key. */
  readonly reviewAfterMs: number;
}

export const chargeTask =
  (parts: ChargeTaskParts): TaskHandler<PaymentCase, PaymentCommand> =>
  async (task, signal) => {
    const started = PaymentStarted.decode(task.payload);
    // The charge begins with PaymentStarted, its aggregate's first event.
    const cause = { stream: PAYMENTS.name, eventId: eventIdOf('payment', started.paymentId, 1) };
    try {
      const command =
        task.ageMs < parts.reviewAfterMs
          ? await charge(parts, started, signal)
          : await lookUp(parts, started, task, signal);
      return { command, cause };
    } catch (error) {
      return againAfter(error, task.attempts);
    }
  };

async function charge(
  { tokenKeys, provider }: ChargeTaskParts,
  started: PaymentStarted,
  signal: AbortSignal,
): Promise<PaymentCommand> {
  const context = required(started.context, 'context');
  const { orderId } = context;
  const sealed = required(context.sealedPaymentToken, 'context.sealed_payment_token');
  const { currency, minor } = amountOf(required(started.amount, 'amount'), 'amount');
  const token = open(tokenKeys, sealed, orderId);
  const wish = { key: started.paymentId, orderId, currency, amountMinor: minor, token };
  return chargeCommand(orderId, await provider.charge(wish, signal));
}

/** Throws what is open, not what is unknown: only a provider that could not be asked, or is at it, is asked again. */
async function lookUp(
  { provider }: ChargeTaskParts,
  { context, paymentId }: PaymentStarted,
  { attempts, createdAt }: Task,
  signal: AbortSignal,
): Promise<PaymentCommand> {
  const { orderId } = required(context, 'context');
  const known = `no definite answer to ${attempts} calls since ${createdAt.toISOString()}`;
  try {
    const answer = await provider.lookup(paymentId, signal);
    if (answer.kind !== 'notFound') return chargeCommand(orderId, answer);
    return { type: 'RecordReviewNeeded', orderId, message: `${known}; the provider finds no such charge` };
  } catch (error) {
    if (!(error instanceof ProviderUnknown) || error.wasNotAsked || error.isInProgress) throw error;
    return { type: 'RecordReviewNeeded', orderId, message: `${known}, and none to looking it up` };
  }
}
