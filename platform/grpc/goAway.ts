/**
 * The first half of a graceful shutdown (RFC 9113, section 6.8): nobody connects any more, and who is connected is told by a GOAWAY
 * that names no last stream, so that every call that was sent before it was heard is still served. grpc-js closes a connection
 * at once instead, with the last stream that it happens to have seen: what is on its way then is refused, or meets a
 * connection that is gone (seen: a roll under load lost calls).
 */
import { constants, type Http2Session } from 'node:http2';
import { Server as NetServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Server } from '@grpc/grpc-js';
import { http2ServersOf } from './http2Servers.ts';

/** The highest stream that there can be: none is too late. */
const NO_LAST_STREAM = 2 ** 31 - 1;
const LOOK_MS = 10;

/** An HTTP/2 server's own `close` closes its connections too (Node 24 and later): they would hear of no other stream than those so far. */
const stopListening = (http2: NetServer): unknown => NetServer.prototype.close.call(http2);

/**
 * Resolves when every client has gone or has heard of it, or the time is over. A PING follows each GOAWAY: who answers it has read
 * both, and all that was sent before is here (as grpc-go and Envoy do).
 */
export async function sendAway(server: Server, withinMs: number): Promise<void> {
  const unheard = new Set<Http2Session>();
  for (const [http2, { sessions }] of http2ServersOf(server)) {
    if (http2.listening) stopListening(http2);
    for (const session of sessions) {
      if (session.closed || session.destroyed) continue;
      session.goaway(constants.NGHTTP2_NO_ERROR, NO_LAST_STREAM);
      unheard.add(session);
      // What fails is a session that has ended.
      session.ping(() => unheard.delete(session));
    }
  }
  const endsAtMs = performance.now() + withinMs;
  const isAnybodyUnaware = () => [...unheard].some((session) => !session.destroyed);
  while (isAnybodyUnaware() && performance.now() < endsAtMs) await sleep(LOOK_MS);
}
