/**
 * One reader of a stream's end for all of a process who want to know what happens. It reads while anybody does, and a
 * little longer; who asks for nothing costs nothing.
 */
import { EventEmitter, once } from 'node:events';
import { OrderlogError } from '../../platform/errors.ts';
import type { LogMessage } from '../../platform/log/headers.ts';
import { followTail, type TailOptions } from './tail.ts';

export interface FeedListener {
  onMessages(messages: readonly LogMessage[]): void;
  /** Messages were missed, and are not to be had here; those that are published from now on are not missed. */
  onMissed(): void;
}

export interface Feed {
  /** Whether it reads now; if not, why. */
  problem(): string | undefined;
  /** Returns how to stop. */
  subscribe(listener: FeedListener): () => void;
  /**
   * Resolves when who has subscribed misses nothing that is published from then on, even if the connection breaks. Throws
   * OrderlogError UNAVAILABLE if that takes too long, or the signal's reason.
   */
  begun(signal: AbortSignal): Promise<void>;
  /** Ends it for good. */
  close(): Promise<void>;
}

export interface FeedOptions extends TailOptions {
  /** How long it reads on when nobody listens any more: who comes back soon need not wait. */
  readonly lingerMs?: number;
  readonly maxWaitMs?: number;
}

const LINGER_MS = 10_000;
const MAX_WAIT_MS = 5_000;
const RETRY_AFTER_MS = 1_000;
const BEGUN = 'begun';
const NOT_ASKED = 'nobody listens';

export function createFeed(options: FeedOptions): Feed {
  const { lingerMs = LINGER_MS, maxWaitMs = MAX_WAIT_MS } = options;
  const { name } = options.stream;
  const listeners = new Set<FeedListener>();
  const news = new EventEmitter().setMaxListeners(0);
  let problem: string | undefined = NOT_ASKED;
  let running: { readonly stop: AbortController; readonly ended: Promise<void> } | undefined;
  let hasBegun = false;
  let lingering: NodeJS.Timeout | undefined;

  function start(): void {
    const stop = new AbortController();
    const tail = {
      onBegun() {
        if (stop.signal.aborted) return;
        if (hasBegun) for (const { onMissed } of listeners) onMissed();
        hasBegun = true;
        news.emit(BEGUN);
      },
      onMessages(messages: readonly LogMessage[]) {
        if (stop.signal.aborted) return;
        for (const { onMessages } of listeners) onMessages(messages);
      },
      onState(found: string | undefined) {
        if (!stop.signal.aborted) problem = found;
      },
    };
    problem = 'it is about to be read';
    running = { stop, ended: followTail(options, tail, stop.signal) };
  }

  async function stop(): Promise<void> {
    clearTimeout(lingering);
    const stopped = running;
    running = undefined;
    hasBegun = false;
    problem = NOT_ASKED;
    stopped?.stop.abort();
    await stopped?.ended;
  }

  return {
    problem: () => problem,
    subscribe(listener) {
      clearTimeout(lingering);
      listeners.add(listener);
      if (!running) start();
      return () => {
        if (!listeners.delete(listener) || listeners.size > 0) return;
        lingering = setTimeout(() => void stop(), lingerMs);
        lingering.unref();
      };
    },
    async begun(signal) {
      if (hasBegun) return;
      const over = AbortSignal.any([signal, AbortSignal.timeout(maxWaitMs)]);
      await once(news, BEGUN, { signal: over }).catch(() => {
        signal.throwIfAborted();
        throw notFollowed(name, problem);
      });
    },
    close: stop,
  };
}

const notFollowed = (stream: string, problem = 'no reason is known') =>
  new OrderlogError(
    'UNAVAILABLE',
    'LOG_UNAVAILABLE',
    `stream ${stream} cannot be followed now (${problem}): read the order, and watch again later`,
    { retryAfterMs: RETRY_AFTER_MS },
  );
