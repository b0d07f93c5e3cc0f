/** A real PaymentService over gRPC with its task worker, on a real PostgreSQL and the sandbox provider, for tests. Without NATS. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { Writer } from '../platform/commandBatch.ts';
import { createCommandQueue } from '../platform/commandQueue.ts';
import type { Database } from '../platform/database.ts';
import { createClient, type GrpcClient } from '../platform/grpc/client.ts';
import { idleOps } from '../platform/grpc/ops.testing.ts';
import { createGrpcServer } from '../platform/grpc/server.ts';
import type { Keyring } from '../platform/sealing.ts';
import { startTaskWorker, type TaskWorker } from '../platform/taskWorker.ts';
import { PaymentServiceService } from '../proto/gen/orderlog/payment/v1/payment_service.ts';
import { migratedDatabase } from './database.testing.ts';
import { watchCharges } from './payment/chargeRpc.ts';
import { chargeTask } from './payment/chargeTask.ts';
import type { PaymentCommand } from './payment/domain/commands.ts';
import type { PaymentEvent } from './payment/domain/events.ts';
import type { PaymentCase } from './payment/domain/state.ts';
import { paymentService } from './payment/grpc.ts';
import { paymentModel } from './payment/model.ts';
import { createHttpProvider } from './payment/provider/httpProvider.ts';
import { sandboxNews } from './payment/provider/sandboxNews.ts';
import { refundTask } from './payment/refundTask.ts';
import { CHARGE_TASK, REFUND_TASK } from './payment/tasks.ts';
import { createWebhookServer, WEBHOOK_PATH } from './payment/webhooks/server.ts';
import type { FaultMode } from './sandbox/faults.ts';
import { type Ledger, openLedger } from './sandbox/ledger.ts';
import { createSandboxServer } from './sandbox/server.ts';
import type { WebhookMode } from './sandbox/webhooks.ts';

export interface PaymentBed {
  readonly db: Database;
  readonly address: string;
  readonly client: GrpcClient<typeof PaymentServiceService>;
  readonly ledger: Ledger;
  readonly sandboxUrl: string;
  readonly webhookUrl: string;
  setFault(mode: FaultMode): Promise<void>;
  setWebhooks(mode: WebhookMode): Promise<void>;
  stop(): Promise<void>;
}

const PROVIDER_TIMEOUT_MS = 300;
const LATE_MS = 1_000;
export const WEBHOOK_SECRET = 'the secret of the bed';

/** `reviewAfterMs`: how old a charge may become without an answer. */
export async function startPaymentBed(reviewAfterMs: number): Promise<PaymentBed> {
  const { db, drop } = await migratedDatabase('payment');
  const folder = mkdtempSync(join(tmpdir(), 'orderlog-payment-'));
  const ledger = await openLedger(folder);
  // Where webhooks arrive is known later, before anything is charged.
  const webhookTarget = { url: '', secret: WEBHOOK_SECRET };
  const sandbox = createSandboxServer(ledger, { lateMs: LATE_MS, webhookTarget });
  const sandboxUrl = await sandbox.listen({ host: '127.0.0.1', port: 0 });

  const logger = pino({ level: process.env.TEST_LOG ?? 'silent' });
  const tokenKeys: Keyring = { current: 'k1', keys: new Map([['k1', Buffer.alloc(32, 7)]]) };
  const provider = createHttpProvider({ url: sandboxUrl, timeoutMs: PROVIDER_TIMEOUT_MS });
  const clock = { now: () => new Date() };
  const charges = watchCharges();
  let worker: TaskWorker | undefined;
  const writer: Writer<PaymentCase, PaymentCommand, PaymentEvent> = {
    db,
    model: paymentModel,
    maxPayloadBytes: 1_000_000,
    claim: () => worker?.claim(),
    onCommitted: charges.onCommitted,
  };
  worker = startTaskWorker({
    holder: 'bed',
    writer,
    handlers: {
      [CHARGE_TASK]: chargeTask({ tokenKeys, provider, reviewAfterMs }),
      [REFUND_TASK]: refundTask({ provider }),
    },
    gate: { isOpen: () => true, whenOpen: async () => undefined },
    clock,
    logger,
    concurrency: 16,
    leaseMs: 5_000,
    pollMs: 50,
  });
  const queue = createCommandQueue(writer, clock);
  const backlog = {
    depth: () => 0,
    oldestTime: () => undefined,
    refusal: () => undefined,
    stop: async () => undefined,
  };
  const parts = { db, queue, clock, backlog, ops: idleOps, refusal: () => undefined, logger };
  const webhooks = createWebhookServer({ ...parts, format: sandboxNews, secrets: [WEBHOOK_SECRET] });
  const webhookUrl = `${await webhooks.listen({ host: '127.0.0.1', port: 0 })}${WEBHOOK_PATH}`;
  webhookTarget.url = webhookUrl;
  const server = createGrpcServer({
    logger,
    services: paymentService(tokenKeys, charges)(parts),
    listen: { host: '127.0.0.1', port: 0 },
    listenVariable: 'ORDERLOG_GRPC_LISTEN',
  });
  const address = `127.0.0.1:${await server.start()}`;
  const client = createClient(PaymentServiceService, address);
  const put = async (path: string, mode: string): Promise<void> => {
    const headers = { 'content-type': 'application/json' };
    await fetch(sandboxUrl + path, { method: 'PUT', headers, body: JSON.stringify({ mode }) });
  };
  return {
    db,
    address,
    client,
    ledger,
    sandboxUrl,
    webhookUrl,
    setFault: (mode) => put('/v1/faults', mode),
    setWebhooks: (mode) => put('/v1/webhooks', mode),
    async stop() {
      client.close();
      await webhooks.close();
      await server.drain(500);
      await queue.drain();
      await worker?.stop(1_000);
      await sandbox.close();
      await ledger.close();
      rmSync(folder, { recursive: true });
      await drop();
    },
  };
}
