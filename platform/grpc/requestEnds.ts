/**
 * A request that does not end in time is cancelled. grpc-js hands a call over only when all of its request is there, so nothing that bounds
 * calls (places, deadlines, tokens) sees one that never ends: it would keep its bytes, its stream and, from a server that sends its
 * clients away, its connection.
 *
 * So is one whose answer is not taken. grpc-js ends a stream behind what was written to it: a client that reads nothing is never told of
 * the end, and keeps all of that too. Whoever reads was told of it before: by as much as a request may take.
 *
 * Every call passes here: so the oldest are looked at now and then, and no call has a timer, or a listener for its end, of its own.
 */
import { constants, type Http2Server, type Http2Stream } from 'node:http2';
import type { Server } from '@grpc/grpc-js';
import { http2ServersOf } from './http2Servers.ts';

const LOOK_EVERY_MS = 1_000;

export interface StreamEnds {
  /** To send a request; and to take the end of its answer, when its time is over. */
  readonly maxRequestMs: number;
  readonly maxCallMs: number;
  /** How long others than calls may last, in ms, by the paths of their methods. */
  readonly maxMs: ReadonlyMap<string, number>;
  /** Paths of methods whose requests go on while they are answered. */
  readonly talks: ReadonlySet<string>;
}

interface OpenStream {
  readonly beganMs: number;
  readonly isTalk: boolean;
  /** When it is cut, whatever it is at. */
  cutMs: number;
}

/** Cuts what lasts longer. Call it once the server is bound. */
export function cutEndlessRequests(server: Server, ends: StreamEnds): void {
  for (const http2 of http2ServersOf(server).keys()) cutEndless(http2, ends);
}

function cutEndless(http2: Http2Server, { maxRequestMs, maxCallMs, maxMs, talks }: StreamEnds): void {
  /** The oldest first. */
  const open = new Map<Http2Stream, OpenStream>();
  http2.on('stream', (stream, headers) => {
    const path = String(headers[':path']);
    const beganMs = performance.now();
    // Its own end counts from when the request is whole, and is to be taken by who reads as slowly as he wrote.
    const cutMs = beganMs + maxRequestMs + (maxMs.get(path) ?? maxCallMs) + maxRequestMs;
    open.set(stream, { beganMs, isTalk: talks.has(path), cutMs });
    stream.once('close', () => open.delete(stream));
  });
  const look = () => {
    const nowMs = performance.now();
    for (const [stream, each] of open) {
      if (nowMs - each.beganMs < maxRequestMs) return;
      // What is answered has nothing more to be asked.
      if (each.isTalk && stream.writableEnded) each.cutMs = Math.min(each.cutMs, nowMs + maxRequestMs);
      const isEndless = !each.isTalk && !stream.readableEnded;
      if (isEndless || nowMs >= each.cutMs) stream.close(constants.NGHTTP2_CANCEL);
    }
  };
  // What has arrived meanwhile is read first: a process that stood still would cut requests that are there.
  const looking = setInterval(() => setImmediate(look), Math.min(maxRequestMs, LOOK_EVERY_MS)).unref();
  http2.once('close', () => clearInterval(looking));
}
