/**
 * Who watches which order: each event of stream ORDERS goes to those who watch its order, and is decoded once for all of them;
 * not at all where nobody does. A thousand watchers cost one look into a map for each event.
 */
import { OrderlogError } from '../../platform/errors.ts';
import { historyView } from '../../platform/grpc/eventView.ts';
import type { LogMessage } from '../../platform/log/headers.ts';
import type { Feed } from './feed.ts';
import { createWatcher, type Watcher, type WatcherInbox } from './watcher.ts';

export interface Watchers {
  /**
   * Watches an order from now on, until it is closed or the signal comes. Throws OrderlogError RESOURCE_EXHAUSTED where too many watch, UNAVAILABLE where the log cannot be
   * followed, or the signal's reason.
   */
  watch(orderId: string, signal: AbortSignal): Promise<Watcher>;
  /** How many there are. */
  count(): number;
  /** Ends all of them (UNAVAILABLE), and takes no more. */
  close(): void;
}

export interface WatchersOptions {
  readonly maxWatchers?: number;
  /** For each watcher. */
  readonly maxEvents?: number;
}

/** Of all orders together, over gRPC and HTTP. */
export const MAX_WATCHERS = 5_000;
/** An order has a dozen events in all. */
const MAX_EVENTS = 64;
const FULL_RETRY_MS = 5_000;
const STOPPING_RETRY_MS = 1_000;

export function createWatchers(
  feed: Feed,
  { maxWatchers = MAX_WATCHERS, maxEvents = MAX_EVENTS }: WatchersOptions = {},
): Watchers {
  const byOrder = new Map<string, Set<WatcherInbox>>();
  let count = 0;
  let stopFeed: (() => void) | undefined;
  let isClosed = false;
  const listener = {
    onMessages(messages: readonly LogMessage[]) {
      for (const message of messages) tell(message, byOrder.get(message.streamId));
    },
    onMissed() {
      for (const inboxes of byOrder.values()) for (const inbox of inboxes) inbox.miss();
    },
  };

  function add(orderId: string): Watcher {
    if (isClosed) throw stopping();
    if (count >= maxWatchers) throw full(maxWatchers);
    count += 1;
    if (count === 1) stopFeed = feed.subscribe(listener);
    const watcher = createWatcher(maxEvents, () => remove(orderId, watcher));
    const inboxes = byOrder.get(orderId) ?? new Set();
    byOrder.set(orderId, inboxes.add(watcher));
    return watcher;
  }

  function remove(orderId: string, inbox: WatcherInbox): void {
    const inboxes = byOrder.get(orderId);
    if (!inboxes?.delete(inbox)) return;
    if (inboxes.size === 0) byOrder.delete(orderId);
    count -= 1;
    if (count === 0) stopFeed?.();
  }

  return {
    async watch(orderId, signal) {
      signal.throwIfAborted();
      const watcher = add(orderId);
      // Whether or not anybody ever asked it for an event.
      signal.addEventListener('abort', watcher.close, { once: true });
      try {
        await feed.begun(signal);
        return watcher;
      } catch (error) {
        watcher.close();
        throw error;
      }
    },
    count: () => count,
    close() {
      isClosed = true;
      for (const inboxes of byOrder.values()) for (const inbox of inboxes) inbox.end(stopping());
    },
  };
}

function tell(message: LogMessage, inboxes: ReadonlySet<WatcherInbox> | undefined): void {
  if (!inboxes) return;
  const event = historyView(message);
  for (const inbox of inboxes) inbox.push(event);
}

const full = (max: number) =>
  new OrderlogError(
    'RESOURCE_EXHAUSTED',
    'TOO_MANY_WATCHERS',
    `${max} watch already, and that is all that this gateway takes; watch again later, or read the order now and then`,
    { retryAfterMs: FULL_RETRY_MS },
  );

const stopping = () =>
  new OrderlogError('UNAVAILABLE', 'SERVER_STOPPING', 'the gateway is stopping; watch again elsewhere', {
    retryAfterMs: STOPPING_RETRY_MS,
  });
