/**
 * Small requests over HTTP/1.1 with kept connections, read whole, by undici's dispatcher: what fetch does on top of it, for pages and
 * streams, was a fifth of Payment's processor time (docs/decisions/0021-what-profiles-showed.md). Redirects are not followed. A
 * request that is made within a span names it (W3C Trace Context).
 */
import { Pool } from 'undici';
import { currentTraceparent } from '../../../platform/telemetry/tracer.ts';

export interface HttpRequest {
  readonly path: string;
  /** Unset: a GET. */
  readonly post?: { readonly headers: Readonly<Record<string, string>>; readonly body: string };
}

export interface HttpResponse {
  readonly status: number;
  readonly body: string;
}

/** Throws what the connection throws, the signal's reason, and for an answer that is too large. */
export type HttpClient = (request: HttpRequest, signal: AbortSignal) => Promise<HttpResponse>;

const MAX_BODY_BYTES = 64 * 1024;
/** A server may close a connection that nobody used for longer. */
const IDLE_MS = 4_000;

/** `url`: of the server; the paths of requests begin at its root. */
export function createHttpClient(url: string): HttpClient {
  const pool = new Pool(new URL(url).origin, { keepAliveTimeout: IDLE_MS, maxResponseSize: MAX_BODY_BYTES });
  return async ({ path, post }, signal) => {
    const traceparent = currentTraceparent();
    const { statusCode, body } = await pool.request({
      path,
      method: post ? 'POST' : 'GET',
      headers: { ...post?.headers, ...(traceparent !== undefined && { traceparent }) },
      body: post?.body ?? null,
      signal,
    });
    return { status: statusCode, body: await body.text() };
  };
}
