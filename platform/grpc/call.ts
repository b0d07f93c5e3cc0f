/** A call as its handler sees it: made of what grpc-js knows of it, and ended with it. */
import type { EventEmitter } from 'node:events';
import type { Metadata } from '@grpc/grpc-js';
import { CALLER_GONE } from '../callerGone.ts';
import { OrderlogError } from '../errors.ts';
import { parseTraceparent } from '../telemetry/traceContext.ts';

const MAX_TIMER_MS = 2 ** 31 - 1;

/** The part of grpc-js' calls that is needed, whatever their kind. */
export type RawCall = EventEmitter & {
  readonly metadata: Metadata;
  getDeadline(): Date | number;
  /** Its connection: an address and a port. */
  getPeer(): string;
};

/** How long a call is wanted. */
export interface CallLife {
  readonly signal: AbortSignal;
  readonly deadline: Date | undefined;
  /** Ends it early. */
  abort(reason: OrderlogError): void;
  /** Ends it at that time, if it lasts so long. */
  endAt(time: Date, reason: () => OrderlogError): void;
  /** The call is answered: nothing is aborted from here on. */
  settle(): void;
}

/**
 * Follows a call until it is settled. `deadline`: the caller's own, or a sooner one that he was given, at which `cut` is told
 * why, for nobody else ends the call then.
 */
export function followCall(
  call: RawCall,
  deadline = deadlineOf(call),
  cut: (reason: OrderlogError) => void = () => undefined,
): CallLife {
  const controller = new AbortController();
  const onGone = () => controller.abort(isPast(deadline) ? deadlineExceeded() : CALLER_GONE);
  const onDeadline = () => {
    const isOwn = deadline && deadline.getTime() >= Number(call.getDeadline());
    const reason = isOwn ? deadlineExceeded() : tookTooLong();
    controller.abort(reason);
    if (!isOwn) cut(reason);
  };
  call.once('cancelled', onGone);
  // grpc-js watches the deadline too, but a stream whose client does not read would not hear of it.
  const timers = deadline ? [setTimeout(onDeadline, millisUntil(deadline))] : [];
  return {
    signal: controller.signal,
    deadline,
    abort: (reason) => controller.abort(reason),
    endAt(time, reason) {
      timers.push(setTimeout(() => controller.abort(reason()), millisUntil(time)));
    },
    settle() {
      call.off('cancelled', onGone);
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

/** Ends a stream of answers when it has lasted as long as one may; unset: as long as its caller stays. */
export function endInTime(life: CallLife, maxWatchMs: number | undefined): void {
  if (maxWatchMs !== undefined) life.endAt(new Date(Date.now() + maxWatchMs), watchOver);
}

/** As a timer takes it. */
export const millisUntil = (time: Date): number =>
  Math.min(Math.max(0, time.getTime() - Date.now()), MAX_TIMER_MS);

/** When its caller stops waiting, or `maxMs` from now if that is sooner; undefined: never. */
export function deadlineOf(call: RawCall, maxMs = Number.POSITIVE_INFINITY): Date | undefined {
  const atMs = Math.min(Number(call.getDeadline()), Date.now() + maxMs);
  return Number.isFinite(atMs) ? new Date(atMs) : undefined;
}

const isPast = (deadline: Date | undefined): boolean =>
  deadline !== undefined && deadline.getTime() <= Date.now();

const deadlineExceeded = () =>
  new OrderlogError('DEADLINE_EXCEEDED', 'DEADLINE_EXCEEDED', "the call's deadline has passed");
const tookTooLong = () =>
  new OrderlogError(
    'DEADLINE_EXCEEDED',
    'CALL_TOO_LONG',
    'it took longer than a call may take here: repeat it with the same request_id, if it has one, which makes a repeat harmless',
  );
const watchOver = () =>
  new OrderlogError(
    'UNAVAILABLE',
    'STREAM_TOO_OLD',
    'the stream has lasted as long as one may: begin it anew',
    {
      retryAfterMs: 0,
    },
  );

/** Why nothing is begun that nobody waits for any more. */
export const overdue = (deadline: Date | undefined): OrderlogError | undefined =>
  isPast(deadline) ? deadlineExceeded() : undefined;

/** The caller's W3C trace context (version 00); undefined: there is none, or it is malformed. */
export function traceparentOf(metadata: Metadata): string | undefined {
  const [given] = metadata.get('traceparent');
  return typeof given === 'string' && parseTraceparent(given) ? given : undefined;
}
