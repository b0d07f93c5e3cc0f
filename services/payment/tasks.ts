/** The calls to the provider that events ask for, as tasks. */
import type { EventMeta } from '../../platform/decider.ts';
import { derivedId } from '../../platform/ids.ts';
import { readTaskPayload, taskPayload } from '../../platform/taskPayload.ts';
import type { NewTask } from '../../platform/writeModel.ts';
import { PaymentRefundStarted, PaymentStarted } from '../../proto/gen/orderlog/payment/v1/events.ts';

/** Asks for the charge (chargeTask.ts). The payload is the PaymentStarted message. */
export const CHARGE_TASK = 'charge';
/** Asks for one attempt at a refund (refundTask.ts). */
export const REFUND_TASK = 'refund';

export const chargeTaskIdOf = (paymentId: string): string => derivedId(`task/${CHARGE_TASK}/${paymentId}`);

export const newChargeTask = (started: PaymentStarted): NewTask => ({
  taskId: chargeTaskIdOf(started.paymentId),
  kind: CHARGE_TASK,
  payload: PaymentStarted.encode(started).finish(),
});

const FIRST_BACKOFF_MS = 2_000;
const MAX_BACKOFF_MS = 3_600_000;

/** How long the provider is left alone before an attempt after the first: 2 s, 4 s, 8 s, at most an hour. */
export const refundBackoffMs = (attempt: number): number =>
  Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(attempt - 2, 20));

export const refundTaskIdOf = (paymentId: string, attempt: number): string =>
  derivedId(`task/${REFUND_TASK}/${paymentId}/${attempt}`);

/** `meta`: of the event that asks for it. */
export const newRefundTask = (started: PaymentRefundStarted, meta: EventMeta): NewTask => ({
  taskId: refundTaskIdOf(started.paymentId, started.attempt),
  kind: REFUND_TASK,
  payload: taskPayload(meta.version, PaymentRefundStarted.encode(started).finish()),
  ...(started.attempt > 1 && { dueAt: new Date(meta.time.getTime() + refundBackoffMs(started.attempt)) }),
});

export function readRefundPayload(payload: Uint8Array): {
  readonly version: number;
  readonly started: PaymentRefundStarted;
} {
  const { version, message } = readTaskPayload(payload);
  return { version, started: PaymentRefundStarted.decode(message) };
}
