/**
 * How a server parts from its clients without losing a call (RFC 9113, section 6.8): each connection is told by a GOAWAY which stream
 * was its last, and stays open until its client has had all answers and lets it go. What was on its way meanwhile was not
 * begun, the client knows that, and makes it again elsewhere by itself (gRPC's transparent retry). Not exactly: what is read in
 * the turn of the event loop before the GOAWAY is sent may be begun, and is cancelled then; its request_id makes that harmless.
 *
 * Both parts are needed. grpc-js closes a connection that has no call at once, and what is on its way then meets one that is gone. And
 * nghttp2 takes no stream after a GOAWAY, whichever stream the GOAWAY names as the last: with the highest there is, as grpc-js
 * and others send it first, nobody is told of a stream that is left out, and its caller waits until the connection is closed.
 */
import { constants, type Http2Session, type Http2Stream } from 'node:http2';
import { Server as NetServer } from 'node:net';
import type { Server } from '@grpc/grpc-js';
import { http2ServersOf } from './http2Servers.ts';

/** A client that has had all its answers for so long, and is still there, is not waited for any more. */
const LINGER_MS = 3_000;
/** So that not all that connected at once go at once. */
const AGE_JITTER = 0.1;

/** An HTTP/2 server's own `close` closes its connections too (Node 24 and later). */
const stopListening = (http2: NetServer): unknown => NetServer.prototype.close.call(http2);

/** Nobody connects any more, and who is connected is sent away. Resolves when all connections are closed. */
export async function sendAll(server: Server): Promise<void> {
  const going = new Set<Promise<void>>();
  const send = (session: Http2Session) => {
    const gone: Promise<void> = sendAway(session).finally(() => going.delete(gone));
    going.add(gone);
  };
  for (const [http2, { sessions }] of http2ServersOf(server)) {
    if (http2.listening) stopListening(http2);
    sessions.forEach(send);
    // Whose TLS handshake is not over yet.
    http2.on('session', send);
  }
  while (going.size > 0) await Promise.all(going);
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
  // 0: the last that was begun.
  if (!session.closed) session.goaway(constants.NGHTTP2_NO_ERROR, 0);
  const calls = callsOf(session);
  let lingering: NodeJS.Timeout | undefined;
  const linger = () => {
    clearTimeout(lingering);
    if (session.destroyed) return;
    // Behind what is still to be written: then Node has stopped reading.
    setImmediate(keepReading, session);
    lingering = setTimeout(() => {
      if (calls.inProgress > 0) return;
      session.close();
      // Who takes nothing any more, not even that.
      lingering = setTimeout(() => session.destroy(), LINGER_MS);
    }, LINGER_MS);
  };
  calls.onNone = linger;
  if (calls.inProgress === 0) linger();
  await closed;
  clearTimeout(lingering);
}

/** Of a connection. Closing with the last of them could reach its client together with the answer, and be taken for a loss of it. */
interface Calls {
  inProgress: number;
  /** Told when the last of them is over; unset: nobody waits for that. */
  onNone?: () => void;
}

const callsIn = new WeakMap<Http2Session, Calls>();

function callsOf(session: Http2Session): Calls {
  const known = callsIn.get(session);
  if (known) return known;
  const none: Calls = { inProgress: 0 };
  callsIn.set(session, none);
  return none;
}

function countStream(stream: Http2Stream): void {
  const { session } = stream;
  if (!session) return;
  const calls = callsOf(session);
  calls.inProgress += 1;
  stream.once('close', () => {
    calls.inProgress -= 1;
    if (calls.inProgress === 0) calls.onNone?.();
  });
}

/**
 * Node no longer reads from a connection that has sent a GOAWAY and has no stream: it would not see its client go, and closing it with
 * something unread resets it, so that its client may lose the GOAWAY itself. Not a part of Node's interface: tests hold what it does.
 */
function keepReading({ socket }: Http2Session): void {
  const { _handle } = (socket ?? {}) as { readonly _handle?: { readStart(): number } | null };
  _handle?.readStart();
}
