/** A payment's past, and the call to the provider that is open now, for GetPayment. */
import type { Tx } from '../../platform/database.ts';
import { readStreamPage } from '../../platform/eventStore.ts';
import { historyView } from '../../platform/grpc/eventView.ts';
import { readOpenTask } from '../../platform/taskStatus.ts';
import type {
  GetPaymentResponse,
  ProviderCall,
} from '../../proto/gen/orderlog/payment/v1/payment_service.ts';
import type { KnownPayment } from './domain/state.ts';
import { chargeTaskIdOf, refundTaskIdOf } from './tasks.ts';

type History = Pick<GetPaymentResponse, 'events' | 'providerCall'>;

/** Each refused refund adds two; they come an hour apart. */
const MAX_EVENTS = 1_000;

export const noHistory: History = { events: [], providerCall: undefined };

export async function readHistory(db: Tx, payment: KnownPayment): Promise<History> {
  const events = await readStreamPage(db, payment.paymentId, 0, MAX_EVENTS);
  return { events: events.map(historyView), providerCall: await providerCall(db, payment) };
}

async function providerCall(db: Tx, payment: KnownPayment): Promise<ProviderCall | undefined> {
  const taskId = openTaskOf(payment);
  const open = taskId === undefined ? undefined : await readOpenTask(db, taskId);
  return (
    open && {
      createTime: open.createdAt,
      attempts: open.attempts,
      nextAttemptTime: open.nextAttemptAt,
      lastError: open.error ?? '',
    }
  );
}

/** The task whose result the payment waits for. */
function openTaskOf(payment: KnownPayment): string | undefined {
  switch (payment.status) {
    case 'started':
    case 'cancelling':
      return chargeTaskIdOf(payment.paymentId);
    case 'refunding':
      return refundTaskIdOf(payment.paymentId, payment.attempt);
    case 'captured':
    case 'declined':
    case 'voided':
    case 'refunded':
    case 'needsReview':
      return undefined;
    default:
      payment satisfies never;
      return undefined;
  }
}
