/**
 * A gRPC server of this project: the services it is given, health by service name and reflection (v1 and v1alpha).
 *
 * Bounds: message size in bytes, unary calls and open streams in progress (RESOURCE_EXHAUSTED above, with RetryInfo),
 * connections, streams a connection, how long a request, a call, a stream and their ends may take, the share of its time that goes
 * into refusing (refusals.ts), and the time a shutdown may take. A server that is draining takes no more connections and sends its
 * clients away (goAway.ts), ends its streams (UNAVAILABLE: watch again elsewhere), and lets unary calls end within the grace.
 */
import { setImmediate } from 'node:timers/promises';
import { Server, setLogger } from '@grpc/grpc-js';
import { type Admit, admitAnybody } from '../access/admit.ts';
import type { RateLimit } from '../access/rateLimit.ts';
import { OrderlogError } from '../errors.ts';
import { MAX_CONNECTIONS } from '../http.ts';
import type { Logger } from '../logging.ts';
import { within } from '../wait.ts';
import type { CallLife } from './call.ts';
import { createConnections } from './connections.ts';
import { logRefusedHandshakes, type ServerTls, serverCredentials } from './credentials.ts';
import type { Answered, Shed } from './door.ts';
import { leaveOutFarDeadlines } from './farDeadlines.ts';
import { sendAll, sendAwayAfter } from './goAway.ts';
import { createHealth, type Health } from './health.ts';
import { boundConnections } from './http2Servers.ts';
import { keepalive, spareClosingClients } from './keepalive.ts';
import { createLimit } from './limit.ts';
import { createReflection } from './reflection.ts';
import { createRefusals } from './refusals.ts';
import { register, serviceName } from './register.ts';
import { cutEndlessRequests } from './requestEnds.ts';
import { type OfferedService, watchPathsOf } from './service.ts';
import { DEFAULT_BOUNDS, type GrpcBounds } from './settings.ts';
import { createShares } from './shares.ts';

export interface GrpcServerOptions {
  readonly logger: Logger;
  /** Made by `offer`. */
  readonly services: readonly OfferedService[];
  /** Port 0: any free one. */
  readonly listen: { readonly host: string; readonly port: number };
  /** The setting that `listen` came from, for the message when the port is in use. */
  readonly listenVariable: string;
  /** Where health alone is answered too, in the clear; unset: nowhere. */
  readonly healthListen?: GrpcServerOptions['listen'] | undefined;
  /** Unset: anybody is talked to, in the clear. */
  readonly tls?: ServerTls | undefined;
  /** Asked before each call, but those that tell how the process does, health and reflection among them: an error refuses the call. */
  readonly gate?: () => OrderlogError | undefined;
  /** Asked of each caller whether he may do that, but those of health; unset: everybody may. */
  readonly admit?: Admit;
  /** Counts the calls of each caller, but those for health and reflection; unset: nobody's. */
  readonly rate?: RateLimit | undefined;
  /** Asked before each start of a saga: an error sheds it. */
  readonly shed?: Shed;
  /** Told of each call when it is over, but those for health and reflection. */
  readonly answered?: Answered;
  /** Names in its health beside the services: what the process needs from others. */
  readonly dependencies?: readonly string[];
  /** Unset: those that the settings have by default (settings.ts). */
  readonly bounds?: Partial<GrpcBounds>;
  readonly maxConcurrentCalls?: number;
  readonly maxOpenStreams?: number;
  /** At each address. */
  readonly maxConnections?: number;
  readonly connectionAgeMs?: number;
  /** Between pings (keepalive.ts). */
  readonly keepaliveMs?: number;
}

export interface GrpcServer {
  readonly health: Health;
  /** Listens, and tells the port. Throws OrderlogError PORT_IN_USE, naming the address and its setting. */
  start(): Promise<number>;
  /** Sends clients away, ends streams, waits for calls in progress, at most this long; then cuts what is left. */
  drain(graceMs: number): Promise<void>;
}

/** What clients take, if nobody says otherwise. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
/** Clients look their servers' addresses up anew when they connect: so they hear of replicas that were added. */
const CONNECTION_AGE_MS = 300_000;
/** Of each, at each address: those who ask for health, who talk with reflection. Whoever stays takes no room from who asks. */
const MAX_PROBES = 200;
/** Who watches health needs no token for it, and may stay: the places of so many networks are all that there are. */
const NETWORKS_THAT_WATCH = 4;
const INSTEAD_OF_WATCHING =
  'ask by Check, or watch once a process; where many come from one address, as behind a proxy, raise ORDERLOG_GRPC_HEALTH_WATCHES_MAX';

export function createGrpcServer(options: GrpcServerOptions): GrpcServer {
  const { logger, maxConcurrentCalls = 2_000, maxOpenStreams = 2_000 } = options;
  const { connectionAgeMs = CONNECTION_AGE_MS, maxConnections = MAX_CONNECTIONS } = options;
  const { maxMessageBytes, maxStreams, maxRequestMs, maxCallMs, maxWatchMs, maxHealthWatches } = {
    ...DEFAULT_BOUNDS,
    ...options.bounds,
  };
  // What grpc-js has to say on its own joins the log instead of stderr.
  setLogger({ error: (...parts: unknown[]) => logger.debug({ grpc: parts.join(' ') }, 'grpc-js') });
  const ofConnection = {
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': MAX_ANSWER_BYTES,
    'grpc.max_concurrent_streams': maxStreams,
    // A client whose machine is gone is noticed, and its streams are freed.
    ...keepalive(options.keepaliveMs),
  };
  const server = new Server(ofConnection);
  const openStreams = new Set<CallLife>();
  let draining = false;
  const open = () => (draining ? stopping() : undefined);
  const gate = () => options.gate?.();
  const shared = { logger, refusals: createRefusals(), connections: createConnections() };
  const limit = createLimit(maxConcurrentCalls, 'calls');
  const { answered, rate, admit = admitAnybody } = options;
  const calls = { ...shared, gate, limit, admit, rate, answered, maxCallMs, shed: options.shed };
  const streams = {
    logger,
    gate: () => open() ?? gate(),
    admit,
    rate,
    answered,
    maxWatchMs,
    limit: createLimit(maxOpenStreams, 'streams'),
  };
  const probes = (what: string, most = MAX_PROBES) => ({
    ...shared,
    gate: open,
    admit,
    limit: createLimit(most, what),
  });
  const watchers = () => {
    const what = 'streams of health';
    const most = NETWORKS_THAT_WATCH * maxHealthWatches;
    return { ...probes(what, most), shares: createShares(maxHealthWatches, what, INSTEAD_OF_WATCHING) };
  };

  const names = options.services.map(serviceName);
  const health = createHealth(names, options.dependencies);
  for (const service of options.services) register(server, service, { calls, streams, openStreams });
  const healthServer = new Server(ofConnection);
  for (const each of [server, healthServer]) {
    const own = { calls: probes('calls of health'), streams: watchers() };
    register(each, health.service, { ...own, openStreams });
  }
  const offered = [...names, serviceName(health.service)];
  const limitOfTalks = createLimit(MAX_PROBES, 'streams of reflection');
  const reflection = createReflection(offered, { limit: limitOfTalks, admit, maxWatchMs, openStreams });
  for (const { definition, implementation } of reflection) server.addService(definition, implementation);
  const talks = reflection.flatMap(({ definition }) => Object.values(definition).map(({ path }) => path));
  const watches = options.services.flatMap(watchPathsOf);
  const maxMs = new Map([...talks, ...watches].map((path) => [path, maxWatchMs]));
  // It tells clients where to go, for as long as they stay.
  for (const path of watchPathsOf(health.service)) maxMs.set(path, Number.POSITIVE_INFINITY);
  const ends = { maxRequestMs, maxCallMs, maxMs, talks: new Set(talks) };

  return {
    health,
    async start() {
      const port = await listen(server, options);
      logRefusedHandshakes(server, logger);
      const { healthListen } = options;
      if (healthListen) {
        await listen(healthServer, { listen: healthListen, listenVariable: 'ORDERLOG_HEALTH_LISTEN' });
      }
      for (const each of [server, healthServer]) {
        boundConnections(each, maxConnections);
        leaveOutFarDeadlines(each);
        cutEndlessRequests(each, ends);
        spareClosingClients(each);
        sendAwayAfter(each, connectionAgeMs);
      }
      return port;
    },
    async drain(graceMs) {
      const endsAtMs = performance.now() + graceMs;
      health.stop();
      // Those who watch the health are told before their stream ends.
      await setImmediate();
      const gone = sendAll(server);
      draining = true;
      shared.refusals.tellAll();
      for (const stream of openStreams) stream.abort(stopping());
      const isClean = await within(
        endsAtMs - performance.now(),
        gone.then(() => true),
        () => false,
      );
      server.forceShutdown();
      healthServer.forceShutdown();
      if (isClean) return;
      logger.warn(
        { graceMs },
        'the gRPC server had calls in progress when its time to stop was over; they were cut',
      );
    },
  };
}

const stopping = () =>
  new OrderlogError('UNAVAILABLE', 'SERVER_STOPPING', 'the server is stopping; repeat the call', {
    retryAfterMs: 1_000,
  });

function listen(
  server: Server,
  { listen, listenVariable, tls }: Pick<GrpcServerOptions, 'listen' | 'listenVariable' | 'tls'>,
): Promise<number> {
  const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host;
  const address = `${host}:${listen.port}`;
  return new Promise((resolve, reject) => {
    server.bindAsync(address, serverCredentials(tls), (error, port) => {
      if (!error) return resolve(port);
      const why = /EADDRINUSE/.test(error.message)
        ? 'is in use already'
        : `cannot be listened on (${error.message})`;
      const message = `${address} ${why}: stop what uses it, or set ${listenVariable} to another address`;
      reject(new OrderlogError('FAILED_PRECONDITION', 'PORT_IN_USE', message, { cause: error }));
    });
  });
}
