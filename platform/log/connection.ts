/**
 * The process's one connection to NATS. It reconnects for ever; what was under way when it broke fails at once, because an
 * answer to it may never come.
 *
 * A session is one unbroken connection: its signal is aborted when it ends. Whoever matched log and database in one
 * session must do so again in the next.
 */
import type { Socket } from 'node:net';
import {
  type ConnectionOptions,
  createInbox,
  type Msg,
  type MsgHdrs,
  type NatsConnection,
  type Status,
  TimeoutError,
} from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import type { Logger } from 'pino';
import { backoffMs, pause } from '../wait.ts';
import { during } from './during.ts';
import { type NatsTls, natsServers } from './natsServers.ts';

const PING_INTERVAL_MS = 5_000;
const PINGS_OUT = 2;
const DIAL_TIMEOUT_MS = 5_000;
const RECONNECT_WAIT_MS = 500;
const MAX_FIRST_WAIT_MS = 5_000;

export interface LogRequest {
  readonly headers?: MsgHdrs;
  readonly timeoutMs: number;
}

export interface LogConnection {
  readonly nats: NatsConnection;
  /** The current session, or the last one: aborted while there is none. */
  session(): AbortSignal;
  /** Told of each new session. Returns how to stop listening. */
  onSession(listener: () => void): () => void;
  /** Returns when there is a session, or when the signal comes. */
  whenConnected(signal: AbortSignal): Promise<void>;
  /** Like nats.request; throws SessionEnded as soon as the connection breaks. */
  request(subject: string, payload: Uint8Array | string, request: LogRequest): Promise<Msg>;
  /** A subject at which only this connection's user hears. */
  inbox(): string;
  /** Asks the server for a sign of life. Throws SessionEnded where there is no connection. */
  roundTrip(): Promise<void>;
  /** The server's bound on one message, headers included. */
  maxPayloadBytes(): number;
  close(): Promise<void>;
}

/** The connection broke: whatever was asked for may have been done or not. */
export class SessionEnded extends Error {
  constructor() {
    super('the connection to NATS is down');
    this.name = 'SessionEnded';
  }
}

export interface ConnectOptions {
  /** Of one or more nodes, separated by commas, with the user (natsServers.ts). */
  readonly url: string;
  /** For a tls:// URL. */
  readonly tls?: NatsTls;
  /** Shown in the server's monitoring. */
  readonly name: string;
  readonly logger: Logger;
  /** Gives up the first connection; throws its reason then. */
  readonly signal: AbortSignal;
  /** A connection that stalls is given up after PINGS_OUT + 1 of these. */
  readonly pingIntervalMs?: number;
}

/** Connects, trying for ever until the signal. */
export async function connectLog(options: ConnectOptions): Promise<LogConnection> {
  const { logger, signal } = options;
  for (let attempt = 0; ; attempt++) {
    signal.throwIfAborted();
    try {
      const dial = natsOptions(options);
      return follow(await connect(dial), dial.inboxPrefix, logger);
    } catch (error) {
      if (attempt === 0) logger.warn({ err: error }, 'cannot connect to NATS yet, trying on');
      await pause(backoffMs(attempt, 100, MAX_FIRST_WAIT_MS), signal);
    }
  }
}

function natsOptions({
  url,
  name,
  tls,
  pingIntervalMs = PING_INTERVAL_MS,
}: ConnectOptions): ConnectionOptions {
  return {
    ...natsServers(url, tls),
    name,
    timeout: DIAL_TIMEOUT_MS,
    pingInterval: pingIntervalMs,
    maxPingOut: PINGS_OUT,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_WAIT_MS,
    reconnectJitter: RECONNECT_WAIT_MS,
    // Revoked credentials may be mended while we run: an alarm, not an end.
    ignoreAuthErrorAbort: true,
    noAsyncTraces: true,
  };
}

/** Keeps track of sessions by the client's status events. */
function follow(nats: NatsConnection, inboxPrefix: string | undefined, logger: Logger): LogConnection {
  let session = new AbortController();
  const listeners = new Set<() => void>();
  const onStatus = (status: Status) => {
    if (status.type === 'disconnect' || status.type === 'close') {
      if (status.type === 'disconnect') logger.warn({ server: status.server }, 'NATS disconnected');
      session.abort(new SessionEnded());
    } else if (status.type === 'reconnect') {
      logger.info({ server: status.server }, 'NATS reconnected');
      session = new AbortController();
      for (const listener of listeners) listener();
    } else if (status.type === 'error') {
      logger.error({ err: status.error }, 'NATS reports an error');
    } else if (status.type === 'staleConnection') {
      logger.warn('NATS connection is given up');
      session.abort(new SessionEnded());
      socketOf(nats)?.destroy();
    } else if (status.type === 'ldm') {
      logger.warn({ status: status.type }, 'NATS connection is about to change');
    }
  };
  void (async () => {
    for await (const status of nats.status()) onStatus(status);
  })();
  return {
    nats,
    session: () => session.signal,
    onSession(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async whenConnected(signal) {
      if (!session.signal.aborted || signal.aborted) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const onAbort = () => resolve();
      listeners.add(resolve);
      signal.addEventListener('abort', onAbort, { once: true });
      await promise;
      listeners.delete(resolve);
      signal.removeEventListener('abort', onAbort);
    },
    inbox: () => createInbox(inboxPrefix),
    request: (subject, payload, request) => requestWithin(nats, session.signal, subject, payload, request),
    async roundTrip() {
      session.signal.throwIfAborted();
      await nats.rtt();
    },
    maxPayloadBytes: () => nats.info?.max_payload ?? 1024 * 1024,
    close: () => nats.close(),
  };
}

/**
 * The client closes a connection that it has given up only after all that was written on it, and none of that is ever sent to a host
 * that is gone: until the kernel gives up too, after a quarter of an hour, it would not connect anew.
 *
 * Where it keeps its socket is not a part of its interface: its version is pinned, and a test holds what this does.
 */
function socketOf(nats: NatsConnection): Socket | undefined {
  const { protocol } = nats as unknown as {
    readonly protocol: { readonly transport: { readonly socket?: Socket } };
  };
  return protocol.transport.socket;
}

async function requestWithin(
  nats: NatsConnection,
  session: AbortSignal,
  subject: string,
  payload: Uint8Array | string,
  { headers, timeoutMs }: LogRequest,
): Promise<Msg> {
  const options = { timeout: timeoutMs, ...(headers && { headers }) };
  try {
    return await during(session, () => nats.request(subject, payload, options));
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    throw new Error(`NATS did not answer on ${subject} within ${timeoutMs} ms`, { cause: error });
  }
}
