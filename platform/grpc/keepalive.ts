/**
 * Servers and clients ask by pings whether who is connected is still there: a machine that is gone closes nothing.
 *
 * Nobody is asked on a connection that is being closed. Node sends no ping once either side has sent a GOAWAY, and grpc-js takes that
 * for the loss of the connection and gives up the calls in progress on it (https://github.com/grpc/grpc-node/issues/3068). If the other
 * side is lost in that time, deadlines tell, and the grace of a server that stops.
 *
 * Where grpc-js keeps its connections is not a part of its interface: its version is pinned, and tests hold what this does.
 */
import type { Http2Session } from 'node:http2';
import type { Server } from '@grpc/grpc-js';
import { Http2SubchannelConnector } from '@grpc/grpc-js/build/src/transport.js';
import { http2ServersOf } from './http2Servers.ts';

const EVERY_MS = 30_000;
const TIMEOUT_MS = 10_000;

/** As options of a server or a channel. */
export const keepalive = (everyMs = EVERY_MS) => ({
  'grpc.keepalive_time_ms': everyMs,
  'grpc.keepalive_timeout_ms': TIMEOUT_MS,
});

/** Call it once the server is bound. */
export function spareClosingClients(server: Server): void {
  for (const http2 of http2ServersOf(server).keys()) http2.on('session', spareWhenClosing);
}

/** For all clients of this process. */
export function spareClosingServers(): void {
  const connector = Http2SubchannelConnector.prototype;
  const { connect } = connector;
  connector.connect = async function (...args) {
    const transport = await connect.apply(this, args);
    spareWhenClosing((transport as unknown as { readonly session: Http2Session }).session);
    return transport;
  };
}

type Answered = (error: Error | null, durationMs: number, payload: NonSharedBuffer) => void;
const NO_PAYLOAD = Buffer.alloc(8);

/** A ping that cannot be sent is as good as answered. */
function spareWhenClosing(session: Http2Session): void {
  const ping = session.ping.bind(session) as (answered: Answered) => boolean;
  const pingUnlessClosing = (answered: Answered): boolean => {
    if (session.destroyed || !session.closed) return ping(answered);
    process.nextTick(answered, null, 0, NO_PAYLOAD);
    return true;
  };
  Object.assign(session, { ping: pingUnlessClosing });
}
