/**
 * Server-sent events (HTML standard, section 9.2): what a route tells, as it happens, over one response.
 *
 * Bounded by the client: nothing is asked for before the socket has taken what came before, so that what a slow client lets wait
 * is one message and the socket's own buffer. One that takes nothing at all for a while, or does not take the end, is cut off. Where
 * nothing happens, a comment now and then keeps proxies from giving up, and finds out who is gone.
 */
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { Logger } from 'pino';
import { tokenExpired } from '../../platform/access/admit.ts';
import type { Caller } from '../../platform/access/caller.ts';
import { CALLER_GONE } from '../../platform/callerGone.ts';
import { OrderlogError } from '../../platform/errors.ts';
import { millisUntil } from '../../platform/grpc/call.ts';
import { createNudge } from '../../platform/wait.ts';

export interface ServerSentEvent {
  readonly event: string;
  /** What the client says as Last-Event-ID when it comes back. */
  readonly id?: string;
  /** Is sent as JSON. */
  readonly data: unknown;
}

export interface SseOptions {
  readonly logger: Logger;
  /** The answer's (lifeOf). */
  readonly signal: AbortSignal;
  readonly heartbeatMs?: number;
  readonly stalledMs?: number;
}

const HEARTBEAT_MS = 15_000;
/** Nothing was taken in so long: whoever that was is gone, or will never catch up. */
const STALLED_MS = 60_000;
/** How long a client waits before it comes back. */
const RETRY_MS = 2_000;
const HEARTBEAT = ':\n\n';

/** Aborted, with an OrderlogError as reason, when the client goes away, has all of its answer, or its token expires. */
export function lifeOf({ raw }: FastifyReply, { expiresAt }: Pick<Caller, 'expiresAt'>): AbortSignal {
  const life = new AbortController();
  const end = () => life.abort(CALLER_GONE);
  const expiry = expiresAt && setTimeout(() => life.abort(tokenExpired()), millisUntil(expiresAt));
  const onClose = () => {
    clearTimeout(expiry);
    end();
  };
  if (raw.destroyed) onClose();
  else raw.once('close', onClose);
  return life.signal;
}

/** Answers with a stream of them, which ends when they do. An error ends it too: the client comes back, and is told then. */
export function sendEvents(
  reply: FastifyReply,
  events: AsyncIterable<ServerSentEvent>,
  options: SseOptions,
): FastifyReply {
  const { raw } = reply;
  const stalled = (): NodeJS.Timeout => setTimeout(() => raw.destroy(), options.stalledMs ?? STALLED_MS);
  const onEnd = () => {
    if (raw.destroyed) return;
    const timer = stalled().unref();
    raw.once('close', () => clearTimeout(timer));
  };
  return reply
    .code(200)
    .headers({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // For nginx and those who do as it does: pass on each message as it comes.
      'x-accel-buffering': 'no',
      // Such a connection serves nothing else; where it ends with the stream, a server that stops waits for nobody.
      connection: 'close',
    })
    .send(Readable.from(framesOf(events, { stalled, onEnd }, options)));
}

const frameOf = ({ event, id, data }: ServerSentEvent): string =>
  `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

/** What is done with a client who takes nothing. */
interface Patience {
  /** Cuts him off when it is at its end. */
  readonly stalled: () => NodeJS.Timeout;
  /** The last is on its way to him. */
  readonly onEnd: () => void;
}

async function* framesOf(
  events: AsyncIterable<ServerSentEvent>,
  { stalled, onEnd }: Patience,
  options: SseOptions,
): AsyncGenerator<string> {
  const { signal, heartbeatMs = HEARTBEAT_MS } = options;
  try {
    yield `retry: ${RETRY_MS}\n\n`;
    for await (const event of orBeat(events, heartbeatMs, signal)) {
      const timer = stalled();
      try {
        yield event ? frameOf(event) : HEARTBEAT;
      } finally {
        clearTimeout(timer);
      }
    }
  } catch (error) {
    if (signal.aborted) return;
    const isExpected = error instanceof OrderlogError && error.code !== 'INTERNAL';
    if (!isExpected) options.logger.error({ err: error }, 'a stream of events failed by a fault');
  } finally {
    onEnd();
  }
}

/** The same; undefined wherever nothing has come for a while. Ends with the signal. */
async function* orBeat<T>(
  items: AsyncIterable<T>,
  everyMs: number,
  signal: AbortSignal,
): AsyncGenerator<T | undefined> {
  const iterator = items[Symbol.asyncIterator]();
  const settled = createNudge();
  try {
    for (;;) {
      let isSettled = false;
      const next = iterator.next().finally(() => {
        isSettled = true;
        settled.nudge();
      });
      // Awaited below, once it is settled.
      next.catch(() => undefined);
      for (;;) {
        await settled.wait(everyMs, signal);
        if (isSettled) break;
        if (signal.aborted) return;
        yield undefined;
      }
      const { done, value } = await next;
      if (done) return;
      yield value;
    }
  } finally {
    // Not awaited: what waits for something else ends when that comes.
    iterator.return?.()?.catch(() => undefined);
  }
}
