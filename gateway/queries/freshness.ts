/** Waiting until the read model has a write. */

import type { ReadOptions } from '../../platform/elasticsearch/readModel.ts';
import { OrderlogError } from '../../platform/errors.ts';
import type { CallInfo } from '../../platform/grpc/service.ts';
import { createNudge } from '../../platform/wait.ts';
import { ORDERS } from '../../proto/streams.ts';
import type { Arrivals } from './arrivals.ts';
import type { WantedVersion } from './wantedVersion.ts';

/** A read model that tells at which version it has an order. */
export interface VersionedModel<T extends { readonly version: number }> {
  /** undefined: it has no such order (yet). Throws OrderlogError UNAVAILABLE. */
  read(orderId: string, options: ReadOptions): Promise<T | undefined>;
  /** The sequence in stream ORDERS up to which all is projected. Throws OrderlogError UNAVAILABLE. */
  progress(options: ReadOptions): Promise<number>;
  /** Tell of what is written to it; unset: nobody does. */
  readonly arrivals?: Arrivals;
}

/** What a query knows of the call that asks it. */
export type QueryCall = Pick<CallInfo, 'deadline' | 'signal' | 'traceparent' | 'owner' | 'bearer'>;

const READ_TIMEOUT_MS = 5_000;
/** A read by id takes some milliseconds, and others may know the answer. */
const BY_ID_TIMEOUT_MS = 2_000;
/** For callers without a deadline. */
const MAX_WAIT_MS = 10_000;
/**
 * Kept for the answer, of what is left until the deadline: at most this, at most a quarter; and more where reads take long,
 * since one more read tells how far the read model is.
 */
const ANSWER_MS = 200;
const READS_KEPT = 3;
/** The projection is some ten milliseconds behind: asked often at first. */
const FIRST_STEP_MS = 5;
const MAX_STEP_MS = 50;
/** Where it tells of what it writes, which may get lost. */
const TOLD_STEP_MS = 250;
const RETRY_AFTER_MS = 1_000;

/** How one read of the read model is bounded. */
export const readOptions = ({ deadline, signal }: QueryCall) => ({
  timeoutMs: Math.max(1, Math.min(READ_TIMEOUT_MS, remainingMs(deadline))),
  signal,
});

/** The same for one order, or for the checkpoint. */
export const byIdOptions = (call: QueryCall) => {
  const options = readOptions(call);
  return { ...options, timeoutMs: Math.min(options.timeoutMs, BY_ID_TIMEOUT_MS) };
};

export const remainingMs = (deadline: Date | undefined): number =>
  deadline ? deadline.getTime() - Date.now() : Number.POSITIVE_INFINITY;

/**
 * The order at that version or above. Throws OrderlogError READ_MODEL_BEHIND, which says how far it is, shortly before the
 * call's deadline or after `maxWaitMs`; or what reading throws.
 */
export async function awaitVersion<T extends { readonly version: number }>(
  model: VersionedModel<T>,
  wanted: WantedVersion,
  call: QueryCall,
  maxWaitMs: number = MAX_WAIT_MS,
): Promise<T> {
  const remaining = remainingMs(call.deadline);
  const startedAt = performance.now();
  let answerMs = Math.min(ANSWER_MS, remaining / 4);
  const arrived = createNudge();
  const forget = model.arrivals?.expect(wanted, arrived.nudge);
  try {
    for (let stepMs = FIRST_STEP_MS; ; stepMs = Math.min(2 * stepMs, MAX_STEP_MS)) {
      const readAt = performance.now();
      const found = await model.read(wanted.orderId, byIdOptions(call));
      if (found && found.version >= wanted.version) return found;
      const now = performance.now();
      answerMs = Math.max(answerMs, READS_KEPT * (now - readAt));
      const leftMs = startedAt + Math.min(maxWaitMs, remaining - answerMs) - now;
      if (stepMs > leftMs) throw await behind(model, wanted, found, call);
      await arrived.wait(Math.min(model.arrivals?.isHeard() ? TOLD_STEP_MS : stepMs, leftMs), call.signal);
      call.signal.throwIfAborted();
    }
  } finally {
    forget?.();
  }
}

async function behind<T extends { readonly version: number }>(
  model: VersionedModel<T>,
  { orderId, version }: WantedVersion,
  found: T | undefined,
  call: QueryCall,
): Promise<OrderlogError> {
  const sequence = await model.progress(byIdOptions(call));
  const has = found
    ? `has version ${found.version} of order ${orderId}`
    : `does not have order ${orderId} yet`;
  return isBehind(`${has}, version ${version} was asked for`, sequence);
}

/** A search does not show yet what a read by id shows. */
export function behindInSearch(
  { orderId, version }: WantedVersion,
  { soughtVersion, sequence }: { readonly soughtVersion: number; readonly sequence: number },
): OrderlogError {
  const finds = soughtVersion === 0 ? 'does not find it yet' : `finds its version ${soughtVersion}`;
  return isBehind(`has version ${version} of order ${orderId}, and a search ${finds}`, sequence);
}

const isBehind = (state: string, sequence: number): OrderlogError =>
  new OrderlogError(
    'UNAVAILABLE',
    'READ_MODEL_BEHIND',
    `the read model ${state}; it is at sequence ${sequence} of ${ORDERS.name}; repeat the read`,
    { retryAfterMs: RETRY_AFTER_MS },
  );
