/**
 * The first half of a graceful shutdown (RFC 9113, section 6.8): nobody connects any more, and who is connected is told by a GOAWAY
 * that names no last stream, so that every call that was sent before it was heard is still served. grpc-js closes a connection
 * at once instead, with the last stream that it happens to have seen: what is on its way then is refused, or meets a
 * connection that is gone (seen: a roll under load lost calls).
 */
import { constants } from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Server } from '@grpc/grpc-js';
import { http2ServersOf } from './http2Servers.ts';

/** The highest stream that there can be: none is too late. */
const NO_LAST_STREAM = 2 ** 31 - 1;
const LOOK_MS = 10;

/** Resolves when every client has gone, or the time is over. */
export async function sendAway(server: Server, withinMs: number): Promise<void> {
  const http2Servers = http2ServersOf(server);
  for (const [http2, { sessions }] of http2Servers) {
    if (http2.listening) http2.close();
    for (const session of sessions) {
      if (!session.closed) session.goaway(constants.NGHTTP2_NO_ERROR, NO_LAST_STREAM);
    }
  }
  const endsAtMs = performance.now() + withinMs;
  const isAnybodyThere = () => [...http2Servers.values()].some(({ sessions }) => sessions.size > 0);
  while (isAnybodyThere() && performance.now() < endsAtMs) await sleep(LOOK_MS);
}
