/**
 * Bounds that every HTTP server of this project has, beside that of its bodies: a client that is slow to send is cut off, and
 * what it sends before its body is small. All sizes in bytes, all times in ms.
 */
import type { ServerOptions } from 'node:http';

/** All headers of a request together, the line of the method included; above: 431. */
export const MAX_HEADER_BYTES = 16 * 1024;
/** To send the headers of a request. */
export const HEADERS_TIMEOUT_MS = 5_000;
/** To send a request in full. */
export const REQUEST_TIMEOUT_MS = 15_000;
/** Between the requests of a kept connection. */
export const KEEP_ALIVE_MS = 72_000;
/** How often connections are looked at for it. */
const CHECK_MS = 1_000;
/** Requests over one connection: then it is made anew, perhaps to another replica. */
const MAX_REQUESTS_A_CONNECTION = 10_000;
/** Connections at once: above, they are closed as they come. */
export const MAX_CONNECTIONS = 10_000;

/** For node:http's createServer, whoever calls it. */
export const httpBounds: ServerOptions = {
  maxHeaderSize: MAX_HEADER_BYTES,
  headersTimeout: HEADERS_TIMEOUT_MS,
  requestTimeout: REQUEST_TIMEOUT_MS,
  keepAliveTimeout: KEEP_ALIVE_MS,
  connectionsCheckingInterval: CHECK_MS,
};

/** What cannot be said in the options. */
export function boundServer(server: { maxConnections: number; maxRequestsPerSocket: number | null }): void {
  server.maxConnections = MAX_CONNECTIONS;
  server.maxRequestsPerSocket = MAX_REQUESTS_A_CONNECTION;
}
