/**
 * The sandbox provider over HTTP: POST /v1/charges and /v1/refunds (with Idempotency-Key), GET /v1/charges/{key},
 * GET /v1/ledger?after=&limit=. Errors are `{ error: { code, message } }`.
 */
import fastify, { type FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Ledger } from './ledger.ts';
import { type Answer, createProvider, fault, type SandboxOptions } from './provider.ts';

const MAX_BODY_BYTES = 16 * 1024;
const MAX_PAGE = 1_000;

const amount = { amountMinor: z.string().regex(/^\d{1,19}$/), currency: z.string().regex(/^[A-Z]{3}$/) };
const headers = z.object({ 'idempotency-key': z.string().min(1).max(200) });
const chargeBody = z.strictObject({
  ...amount,
  orderId: z.string().max(100),
  token: z.string().min(1).max(200),
});
const refundBody = z.strictObject({ ...amount, chargeId: z.string().max(100) });
const pageQuery = z.object({
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(MAX_PAGE),
});

export function createSandboxServer(ledger: Ledger, options: SandboxOptions): FastifyInstance {
  const provider = createProvider(ledger, options);
  const server = fastify({ bodyLimit: MAX_BODY_BYTES, forceCloseConnections: true });
  server.setErrorHandler((error: { message: string; statusCode?: number }, _request, reply) => {
    const isTheirs = error instanceof z.ZodError || (error.statusCode ?? 500) < 500;
    const status = error instanceof z.ZodError ? 400 : (error.statusCode ?? 500);
    const message = error instanceof z.ZodError ? z.prettifyError(error) : error.message;
    send(
      reply,
      fault(status, isTheirs ? 'invalid_request' : 'internal', isTheirs ? message : 'internal error'),
    );
  });

  server.post('/v1/charges', async (request, reply) => {
    const { 'idempotency-key': key } = headers.parse(request.headers);
    return send(reply, await provider.charge({ key, ...chargeBody.parse(request.body) }));
  });
  server.post('/v1/refunds', async (request, reply) => {
    const { 'idempotency-key': key } = headers.parse(request.headers);
    return send(reply, await provider.refund({ key, ...refundBody.parse(request.body) }));
  });
  server.get('/v1/charges/:key', async (request, reply) => {
    const { key } = request.params as { key: string };
    return send(reply, provider.lookup(key));
  });
  server.get('/v1/ledger', async (request, reply) => {
    const { after, limit } = pageQuery.parse(request.query);
    const entries = ledger.page(after, limit).map(({ fingerprint: _, ...entry }) => entry);
    return send(reply, { status: 200, body: { entries, next: after + entries.length } });
  });
  return server;
}

const send = (reply: { code(status: number): { send(body: unknown): unknown } }, { status, body }: Answer) =>
  reply.code(status).send(body);
