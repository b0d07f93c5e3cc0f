/**
 * How a server parts from its clients without losing a call (RFC 9113, section 6.8): a GOAWAY tells each of them to make no more calls
 * here, a second one which stream was the last that was begun, and the connection stays open until its client has had all
 * answers and closes it. What was on its way meanwhile was not begun, the client knows that, and makes it again elsewhere by
 * itself (gRPC's transparent retry).
 *
 * All of it is needed. grpc-js closes a connection that has no call at once, and what is on its way then meets one that is gone. nghttp2
 * takes no stream once a GOAWAY is sent, whichever stream that names as the last: with the highest there is, and no second one,
 * a caller who is left out is not told. And what comes until the first one is sent is still begun: only then is the last known.
 */
import { constants, type Http2Session, type Http2Stream } from 'node:http2';
import { Server as NetServer } from 'node:net';
import type { Server } from '@grpc/grpc-js';
import { http2ServersOf } from './http2Servers.ts';

/** The highest stream that there can be. */
const NO_LAST_STREAM = 2 ** 31 - 1;
/** To Node: the last that was begun. */
const LAST_BEGUN = 0;
/** A client that has had all its answers for so long, and is still there, is not waited for any more. */
const LINGER_MS = 1_000;
const LOOK_EVERY_MS = 20;
/** So that not all that connected at once go at once. */
const AGE_JITTER = 0.1;

/** An HTTP/2 server's own `close` closes its connections too (Node 24 and later). */
const stopListening = (http2: NetServer): unknown => NetServer.prototype.close.call(http2);

/** Nobody connects any more, and who is connected is sent away. Resolves when all connections are closed. */
export async function sendAll(server: Server): Promise<void> {
  const going: Promise<void>[] = [];
  for (const [http2, { sessions }] of http2ServersOf(server)) {
    if (http2.listening) stopListening(http2);
    for (const session of sessions) going.push(sendAway(session));
  }
  await Promise.all(going);
}

/** Sends clients away whose connection is this old: they connect again, and hear of replicas that were added meanwhile. Call it once the server is bound. */
export function sendAwayAfter(server: Server, ageMs: number): void {
  for (const http2 of http2ServersOf(server).keys()) {
    http2.on('stream', countStream);
    http2.on('session', (session) => {
      const dueMs = ageMs * (1 + AGE_JITTER * (2 * Math.random() - 1));
      const timer = setTimeout(() => void sendAway(session), dueMs).unref();
      session.once('close', () => clearTimeout(timer));
    });
  }
}

/** Resolves when the connection is closed. */
async function sendAway(session: Http2Session): Promise<void> {
  if (session.destroyed) return;
  // Not by `once` of node:events, which throws what a connection that is reset emits before.
  const closed = new Promise<void>((resolve) => session.once('close', resolve));
  let isTold = session.closed;
  if (!isTold) session.goaway(constants.NGHTTP2_NO_ERROR, NO_LAST_STREAM);
  const tellLast = () => {
    // Nothing is begun any more once the first one is sent.
    if (isTold || session.destroyed || session.state.outboundQueueSize !== 0) return;
    isTold = true;
    session.goaway(constants.NGHTTP2_NO_ERROR, LAST_BEGUN);
  };
  setImmediate(tellLast);
  let idleSinceMs = performance.now();
  const looking = setInterval(() => {
    tellLast();
    keepReading(session);
    if (callsIn.get(session)) idleSinceMs = performance.now();
    else if (performance.now() - idleSinceMs > LINGER_MS) session.close();
  }, LOOK_EVERY_MS);
  await closed;
  clearInterval(looking);
}

/** In progress. Closing with the last of them could reach its client together with the answer, and be taken for a loss of it. */
const callsIn = new WeakMap<Http2Session, number>();

function countStream(stream: Http2Stream): void {
  const { session } = stream;
  if (!session) return;
  callsIn.set(session, (callsIn.get(session) ?? 0) + 1);
  stream.once('close', () => callsIn.set(session, (callsIn.get(session) ?? 1) - 1));
}

/**
 * Node no longer reads from a connection that has sent a GOAWAY and has no stream: it would not see its client go, and closing it with
 * something unread resets it, so that its client may lose the GOAWAY itself. Not a part of Node's interface: tests hold what it does.
 */
function keepReading({ socket }: Http2Session): void {
  const { _handle } = (socket ?? {}) as { readonly _handle?: { readStart(): number } | null };
  _handle?.readStart();
}
