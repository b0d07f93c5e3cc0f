/**
 * The task that follows PaymentStarted: opens the sealed token, asks the provider under the payment's own key, and turns its
 * definite answer into a command. Anything else is unknown, and is asked again under the same key.
 */
import { eventIdOf } from '../../platform/ids.ts';
import { amountOf } from '../../platform/money.ts';
import { required } from '../../platform/policies.ts';
import { type Keyring, open } from '../../platform/sealing.ts';
import type { TaskHandler } from '../../platform/taskWorker.ts';
import { backoffMs } from '../../platform/wait.ts';
import { PaymentStarted } from '../../proto/gen/orderlog/payment/v1/events.ts';
import { PAYMENTS } from '../../proto/streams.ts';
import type { PaymentCommand } from './domain/commands.ts';
import type { PaymentState } from './domain/state.ts';
import { type ChargeAnswer, type Provider, ProviderUnknown } from './provider/provider.ts';

export interface ChargeTaskParts {
  readonly tokenKeys: Keyring;
  readonly provider: Provider;
}

const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 60_000;

export const chargeTask =
  ({ tokenKeys, provider }: ChargeTaskParts): TaskHandler<PaymentState, PaymentCommand> =>
  async (task, signal) => {
    const started = PaymentStarted.decode(task.payload);
    const context = required(started.context, 'context');
    const { orderId } = context;
    const sealed = required(context.sealedPaymentToken, 'context.sealed_payment_token');
    const { currency, minor } = amountOf(required(started.amount, 'amount'), 'amount');
    const wish = {
      key: started.paymentId,
      orderId,
      currency,
      amountMinor: minor,
      token: open(tokenKeys, sealed, orderId),
    };
    try {
      const answer = await provider.charge(wish, signal);
      // The charge begins with PaymentStarted, its aggregate's first event.
      const cause = { stream: PAYMENTS.name, eventId: eventIdOf('payment', started.paymentId, 1) };
      return { command: commandOf(orderId, answer), cause };
    } catch (error) {
      if (!(error instanceof ProviderUnknown)) throw error;
      const againAfterMs = error.retryAfterMs ?? backoffMs(task.attempts, FIRST_RETRY_MS, MAX_RETRY_MS);
      return { againAfterMs, error: error.message };
    }
  };

function commandOf(orderId: string, answer: ChargeAnswer): PaymentCommand {
  return answer.kind === 'captured'
    ? { type: 'RecordCaptured', orderId, providerReference: answer.reference }
    : { type: 'RecordDeclined', orderId, declineCode: answer.code, message: answer.message };
}
