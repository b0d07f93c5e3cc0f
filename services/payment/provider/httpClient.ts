/**
 * Small requests over HTTP/1.1 with kept connections, read whole: what fetch does for pages and streams was a fifth of Payment's
 * processor time (docs/decisions/0021-what-profiles-showed.md). Redirects are not followed. A request that is made within a span names
 * it (W3C Trace Context).
 */
import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
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

/** `url`: of the server; the paths of requests are relative to it. */
export function createHttpClient(url: string): HttpClient {
  const isSecure = new URL(url).protocol === 'https:';
  const settings = { keepAlive: true, timeout: IDLE_MS };
  const agent = isSecure ? new HttpsAgent(settings) : new HttpAgent(settings);
  const send = isSecure ? httpsRequest : httpRequest;
  return ({ path, post }, signal) =>
    new Promise((resolve, reject) => {
      const body = post && Buffer.from(post.body);
      const traceparent = currentTraceparent();
      const headers = {
        ...post?.headers,
        ...(body && { 'content-length': String(body.length) }),
        ...(traceparent !== undefined && { traceparent }),
      };
      const options: RequestOptions = { agent, signal, method: post ? 'POST' : 'GET', headers };
      const outgoing = send(new URL(path, url), options, (response) => {
        readBody(response).then((text) => resolve({ status: response.statusCode ?? 0, body: text }), reject);
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) {
      response.destroy();
      throw new Error(`the answer is longer than ${MAX_BODY_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
