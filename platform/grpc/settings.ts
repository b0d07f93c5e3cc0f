/** The settings of what one gRPC call, and one connection, may take of a server. */
import { type Config, integer } from '../config.ts';
import { REQUEST_TIMEOUT_MS } from '../http.ts';

const KIB = 1024;
const MAX_MESSAGE_BYTES = 4 * KIB * KIB;
const MAX_STREAMS = 1_000;
const MAX_CALL_SECONDS = 60;
const MAX_WATCH_SECONDS = 3_600;
const MAX_HEALTH_WATCHES = 50;

export const grpcConfig = {
  ORDERLOG_GRPC_MESSAGE_MAX_BYTES: integer(16 * KIB, 64 * KIB * KIB, 'bytes')
    .default(MAX_MESSAGE_BYTES)
    .describe('The largest request over gRPC; above it is RESOURCE_EXHAUSTED.'),
  ORDERLOG_GRPC_STREAMS_MAX: integer(10, 100_000, 'calls')
    .default(MAX_STREAMS)
    .describe('Calls and streams at once over one connection: a client waits with more, or connects again.'),
  ORDERLOG_GRPC_CALL_MAX_SECONDS: integer(1, 3_600, 'seconds')
    .default(MAX_CALL_SECONDS)
    .describe(
      'What a call may take over gRPC, if its caller has no deadline or a later one: then it is DEADLINE_EXCEEDED.',
    ),
  ORDERLOG_GRPC_WATCH_MAX_SECONDS: integer(10, 604_800, 'seconds')
    .default(MAX_WATCH_SECONDS)
    .describe(
      'How long a stream of answers (WatchOrder) may last: then it is UNAVAILABLE, and begun anew from where it was.',
    ),
  ORDERLOG_GRPC_HEALTH_WATCHES_MAX: integer(1, 10_000, 'streams')
    .default(MAX_HEALTH_WATCHES)
    .describe(
      "How many streams of health (grpc.health.v1 Watch) one address may have at once, of IPv6 its network of 64 bits, and four times as many all together. To be raised where many callers come from one address, such as a proxy's.",
    ),
};

/** Sizes in bytes, times in ms. */
export interface GrpcBounds {
  readonly maxMessageBytes: number;
  /** Of one connection. */
  readonly maxStreams: number;
  /** To send a request in full; and to take the end of an answer whose time is over. */
  readonly maxRequestMs: number;
  readonly maxCallMs: number;
  readonly maxWatchMs: number;
  /** Of one network. */
  readonly maxHealthWatches: number;
}

export const DEFAULT_BOUNDS: GrpcBounds = boundsOf({
  maxMessageBytes: MAX_MESSAGE_BYTES,
  maxStreams: MAX_STREAMS,
  maxCallMs: MAX_CALL_SECONDS * 1_000,
  maxWatchMs: MAX_WATCH_SECONDS * 1_000,
  maxHealthWatches: MAX_HEALTH_WATCHES,
});

export const grpcBoundsOf = (config: Config<typeof grpcConfig>): GrpcBounds =>
  boundsOf({
    maxMessageBytes: config.ORDERLOG_GRPC_MESSAGE_MAX_BYTES,
    maxStreams: config.ORDERLOG_GRPC_STREAMS_MAX,
    maxCallMs: config.ORDERLOG_GRPC_CALL_MAX_SECONDS * 1_000,
    maxWatchMs: config.ORDERLOG_GRPC_WATCH_MAX_SECONDS * 1_000,
    maxHealthWatches: config.ORDERLOG_GRPC_HEALTH_WATCHES_MAX,
  });

/** A request has as long as over HTTP, and no longer than its call. */
function boundsOf(set: Omit<GrpcBounds, 'maxRequestMs'>): GrpcBounds {
  return { ...set, maxRequestMs: Math.min(set.maxCallMs, REQUEST_TIMEOUT_MS) };
}
