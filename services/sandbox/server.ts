/**
 * The sandbox provider over HTTP: POST /v1/charges and /v1/refunds (with Idempotency-Key), GET /v1/charges/{key} (what
 * became of a charge), GET /v1/ledger?after=&limit= (all that was done), GET and PUT /v1/faults { mode } (faults.ts) and
 * /v1/webhooks { mode } (webhooks.ts). Errors are `{ error: { code, message } }`.
 *
 * All of it listens on one address, which `npm start` puts on loopback: whoever reaches it can charge, and break it.
 */
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { z } from 'zod';
import { type Answer, fault } from './answer.ts';
import { createFaults, FAULT_MODES } from './faults.ts';
import type { Ledger } from './ledger.ts';
import { createProvider, type SandboxOptions } from './provider.ts';
import {
  createWebhooks,
  WEBHOOK_MODES,
  type WebhookMode,
  type Webhooks,
  type WebhookTarget,
} from './webhooks.ts';

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
const faultsBody = z.strictObject({ mode: z.enum(FAULT_MODES) });
const webhooksBody = z.strictObject({ mode: z.enum(WEBHOOK_MODES) });
const pageQuery = z.object({
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(MAX_PAGE),
});

export interface SandboxServerOptions extends SandboxOptions {
  /** Where what was done is told; unset: nowhere. */
  readonly webhookTarget?: WebhookTarget;
  readonly webhooks?: WebhookMode;
}

export function createSandboxServer(ledger: Ledger, options: SandboxServerOptions): FastifyInstance {
  const webhooks = createWebhooks(options.webhookTarget, options.webhooks);
  const provider = createProvider(tellingLedger(ledger, webhooks), options);
  const faults = createFaults();
  const server = fastify({ bodyLimit: MAX_BODY_BYTES, forceCloseConnections: true });
  const provide = async (reply: FastifyReply, work: () => Promise<Answer>) => {
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    const answer = await faults.through(work, gone.signal);
    if (answer) return send(reply, answer);
    reply.hijack();
    reply.raw.socket?.resetAndDestroy();
    return reply;
  };
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
    const body = chargeBody.parse(request.body);
    return provide(reply, () => provider.charge({ key, ...body }));
  });
  server.post('/v1/refunds', async (request, reply) => {
    const { 'idempotency-key': key } = headers.parse(request.headers);
    const body = refundBody.parse(request.body);
    return provide(reply, () => provider.refund({ key, ...body }));
  });
  server.get('/v1/charges/:key', async (request, reply) => {
    const { key } = request.params as { key: string };
    return provide(reply, async () => provider.lookup(key));
  });
  server.get('/v1/faults', async () => ({ mode: faults.mode() }));
  server.put('/v1/faults', async (request) => {
    faults.set(faultsBody.parse(request.body).mode);
    return { mode: faults.mode() };
  });
  server.get('/v1/webhooks', async () => ({ mode: webhooks.mode() }));
  server.put('/v1/webhooks', async (request) => {
    webhooks.set(webhooksBody.parse(request.body).mode);
    return { mode: webhooks.mode() };
  });
  server.addHook('onClose', async () => webhooks.stop());
  server.get('/v1/ledger', async (request, reply) => {
    const { after, limit } = pageQuery.parse(request.query);
    const entries = ledger.page(after, limit).map(({ fingerprint: _, ...entry }) => entry);
    return send(reply, { status: 200, body: { entries, next: after + entries.length } });
  });
  return server;
}

/** Tells of each entry once it is on disk. */
const tellingLedger = (ledger: Ledger, webhooks: Webhooks): Ledger => ({
  ...ledger,
  async append(entry) {
    await ledger.append(entry);
    const charge = entry.kind === 'charge' ? entry : ledger.charge(entry.chargeId);
    webhooks.tell(entry, charge?.orderId ?? '');
  },
});

const send = (reply: FastifyReply, { status, body }: Answer) => reply.code(status).send(body);
