/**
 * Where the provider's webhooks arrive: POST /webhooks/provider, over HTTP, in Payment itself. It and nobody else holds the
 * secret they are signed with, and what they bring is a command of Payment (docs/decisions/0025-edges.md).
 *
 * Bounds: those of every HTTP server (platform/http.ts), bodies of 256 KiB, requests in progress (503 above).
 */
import fastify, { type FastifyInstance } from 'fastify';
import { createLimit } from '../../../platform/grpc/limit.ts';
import { boundServer, httpBounds, KEEP_ALIVE_MS, REQUEST_TIMEOUT_MS } from '../../../platform/http.ts';
import { takeWebhook, type WebhookAnswer, type WebhookParts } from './take.ts';

export const WEBHOOK_PATH = '/webhooks/provider';
const MAX_BODY_BYTES = 256 * 1024;
const MAX_REQUESTS = 200;
const RETRY_AFTER_SECONDS = 2;

const busy: WebhookAnswer = { status: 503, detail: 'too many webhooks at once: send it again' };

/** Not listening yet. */
export function createWebhookServer(parts: WebhookParts): FastifyInstance {
  const limit = createLimit(MAX_REQUESTS, 'webhooks');
  const server = fastify({
    http: httpBounds,
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: 'idle',
  });
  boundServer(server.server);
  server.removeAllContentTypeParsers();
  // What was signed are these very bytes, whatever they claim to be.
  server.addContentTypeParser('*', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) => body);
  server.setErrorHandler(async (error: { statusCode?: number }, _request, reply) =>
    reply.code(error.statusCode ?? 500).send({ detail: 'the request cannot be read' }),
  );
  server.post(WEBHOOK_PATH, async (request, reply) => {
    const { body, headers } = request;
    const signature = headers[parts.format.signatureHeader];
    const answer = limit.enter() ? busy : await withPlace(String(signature ?? ''), body);
    if (answer.status === 503) reply.header('retry-after', RETRY_AFTER_SECONDS);
    return reply
      .code(answer.status)
      .send(answer.detail === undefined ? undefined : { detail: answer.detail });
  });
  const withPlace = async (signature: string, body: unknown): Promise<WebhookAnswer> => {
    try {
      return await takeWebhook(parts, Buffer.isBuffer(body) ? body : Buffer.alloc(0), signature);
    } finally {
      limit.leave();
    }
  };
  return server;
}
