/**
 * A request that does not end in time is cancelled. grpc-js hands a call over only when all of its request is there, so nothing that bounds
 * calls (places, deadlines, tokens) sees one that never ends: it would keep its bytes, its stream and, from a server that sends its
 * clients away, its connection.
 *
 * Every call passes here: so the oldest are looked at now and then, and no call has a timer, or a listener for its end, of its own.
 */
import { constants, type Http2Server, type Http2Stream } from 'node:http2';
import type { Server } from '@grpc/grpc-js';
import { http2ServersOf } from './http2Servers.ts';

const LOOK_EVERY_MS = 1_000;

/** Methods whose requests go on while they are answered. */
export interface Talks {
  readonly paths: ReadonlySet<string>;
  /** How long one may last. */
  readonly maxMs: number;
}

/** Cuts requests that last longer; those of talks, if they go on for as long when their answers are over. Call it once the server is bound. */
export function cutEndlessRequests(server: Server, maxMs: number, talks: Talks): void {
  for (const http2 of http2ServersOf(server).keys()) cutEndless(http2, maxMs, talks);
}

function cutEndless(http2: Http2Server, maxMs: number, talks: Talks): void {
  /** When each of the open streams began, the oldest first; without those of which is known that their requests ended. */
  const begun = new Map<Http2Stream, number>();
  const talking = new WeakSet<Http2Stream>();
  http2.on('stream', (stream, headers) => {
    begun.set(stream, performance.now());
    if (talks.paths.has(String(headers[':path']))) talking.add(stream);
    stream.once('close', () => begun.delete(stream));
  });
  const look = () => {
    const nowMs = performance.now();
    for (const [stream, beganMs] of begun) {
      const lastedMs = nowMs - beganMs;
      if (lastedMs < maxMs) return;
      if (stream.readableEnded) begun.delete(stream);
      else if (!talking.has(stream)) stream.close(constants.NGHTTP2_CANCEL);
      else if (stream.writableEnded || lastedMs > talks.maxMs) {
        // Who reads is told before he is cut.
        talking.delete(stream);
        begun.delete(stream);
        begun.set(stream, nowMs);
      }
    }
  };
  // What has arrived meanwhile is read first: a process that stood still would cut requests that are there.
  const looking = setInterval(() => setImmediate(look), Math.min(maxMs, LOOK_EVERY_MS)).unref();
  http2.once('close', () => clearInterval(looking));
}
