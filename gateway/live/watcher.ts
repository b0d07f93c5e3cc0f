/** What waits for one watcher of one order. Bounded: who takes too slowly loses all of it, and is told so. */
import type { OrderlogError } from '../../platform/errors.ts';
import { createNudge } from '../../platform/wait.ts';
import type { HistoryEvent } from '../../proto/gen/orderlog/order/v1/order_service.ts';

/** Events were missed: what the order is now must be read anew. */
export const MISSED = Symbol('missed');

export interface Watcher {
  /** The next event, or MISSED. Throws the signal's reason, or why the watch was ended. */
  next(signal: AbortSignal): Promise<HistoryEvent | typeof MISSED>;
  /** Nothing comes any more; may be called again. */
  close(): void;
}

/** The other side of it. */
export interface WatcherInbox {
  push(event: HistoryEvent): void;
  /** Drops what waits. */
  miss(): void;
  end(reason: OrderlogError): void;
}

/** A wait is looked after now and then, whatever happens. */
const WAIT_MS = 600_000;

export function createWatcher(maxEvents: number, onClose: () => void): Watcher & WatcherInbox {
  const waiting: HistoryEvent[] = [];
  const arrived = createNudge();
  let hasMissed = false;
  let ended: OrderlogError | undefined;
  return {
    push(event) {
      if (hasMissed) return;
      if (waiting.length >= maxEvents) return this.miss();
      waiting.push(event);
      arrived.nudge();
    },
    miss() {
      waiting.length = 0;
      hasMissed = true;
      arrived.nudge();
    },
    end(reason) {
      ended = reason;
      arrived.nudge();
    },
    async next(signal) {
      for (;;) {
        signal.throwIfAborted();
        if (ended) throw ended;
        if (hasMissed) {
          // What is pushed from now on is younger than whatever its watcher reads next.
          hasMissed = false;
          return MISSED;
        }
        const event = waiting.shift();
        if (event) return event;
        await arrived.wait(WAIT_MS, signal);
      }
    },
    close: onClose,
  };
}
