/** The HTTP/2 servers inside a gRPC server. Not a part of grpc-js's interface: its version is pinned, and tests hold what they do. */
import type { Http2Server, Http2Session } from 'node:http2';
import type { Server } from '@grpc/grpc-js';

/** With the connections of each; none before the server is bound. */
export type Http2Servers = ReadonlyMap<Http2Server, { readonly sessions: ReadonlySet<Http2Session> }>;

export const http2ServersOf = (server: Server): Http2Servers =>
  (server as unknown as { readonly http2Servers: Http2Servers }).http2Servers;

/** Connections at once: above, they are closed as they come. Call it once the server is bound. */
export function boundConnections(server: Server, max: number): void {
  for (const http2 of http2ServersOf(server).keys()) http2.maxConnections = max;
}
