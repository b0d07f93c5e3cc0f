/** A real OrderService over gRPC on a real PostgreSQL, for tests. Without NATS: what is committed stays in the outbox. */
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { runBatch, type Writer } from '../../platform/commandBatch.ts';
import { createCommandQueue } from '../../platform/commandQueue.ts';
import { type Database, openDatabase } from '../../platform/database.ts';
import type { OrderlogError } from '../../platform/errors.ts';
import type { EventCause } from '../../platform/events.ts';
import { createClient, type GrpcClient } from '../../platform/grpc/client.ts';
import { idleOps } from '../../platform/grpc/ops.testing.ts';
import { createGrpcServer } from '../../platform/grpc/server.ts';
import { createLogger } from '../../platform/logging.ts';
import { migrate } from '../../platform/migrate.ts';
import {
  OrderServiceService,
  type PlaceOrderRequest,
} from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { SagaMode } from '../../proto/gen/orderlog/saga/v1/saga.ts';
import { watchEnds } from './direct/ends.ts';
import type { OrderCommand } from './domain/commands.ts';
import type { OrderEvent } from './domain/events.ts';
import type { OrderState } from './domain/state.ts';
import { orderService } from './grpc.ts';
import { orderModelIn } from './model.ts';
import type { OrderStore } from './store.ts';

export const TOKEN = 'tok_this_must_not_leak';
export const CONSISTENCY_KEY = randomBytes(32);
export const DEADLINE_MS = 900_000;

export interface OrderBed {
  readonly db: Database;
  readonly client: GrpcClient<typeof OrderServiceService>;
  /** All that was logged, at level trace. */
  readonly logged: () => string;
  /** The time at which the service believes to be. */
  now: Date;
  /** What the backlog answers to a new saga. */
  overload: OrderlogError | undefined;
  /** Why no direct saga may be begun. */
  broken: OrderlogError | undefined;
  /** As the service's stop begins: nobody waits for ends any longer. */
  closeEnds(): void;
  /** Does what a consumer would do. */
  note(command: OrderCommand, cause: EventCause): Promise<void>;
  stop(): Promise<void>;
}

/** `url` is that of an empty database, as a superuser. */
export async function startOrderBed(
  url: string,
  options: { readonly maxConcurrentCalls?: number; readonly store?: OrderStore } = {},
): Promise<OrderBed> {
  const { store = 'events', ...limits } = options;
  const sources = ['platform', 'order'].map((scope) => ({
    scope,
    folder: scope === 'platform' ? 'platform/sql' : join(import.meta.dirname, 'sql'),
  }));
  await migrate({ url, runtimeRole: new URL(url).username, sources });
  const db = openDatabase({ url, applicationName: 'test', maxConnections: 6 });
  const ends = watchEnds();
  const writer: Writer<OrderState, OrderCommand, OrderEvent> = {
    db,
    model: orderModelIn(store),
    maxPayloadBytes: 1_000_000,
    onCommitted: ends.onCommitted,
  };
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const logger = createLogger({ service: 'order', level: 'trace', destination });
  const clock = { now: () => bed.now };
  const queue = createCommandQueue(writer, clock);
  const backlog = {
    depth: () => 0,
    oldestTime: () => undefined,
    refusal: () => bed.overload,
    stop: async () => undefined,
  };
  const key = randomBytes(32);
  const settings = {
    store,
    tokenKeys: { current: 'k1', keys: new Map([['k1', key]]) },
    consistencyKey: CONSISTENCY_KEY,
    deadlineMs: DEADLINE_MS,
    defaultMode: SagaMode.SAGA_MODE_CHOREOGRAPHY,
    direct: { ends, refusal: () => bed.broken },
    peers: [],
  };
  const server = createGrpcServer({
    logger,
    services: orderService(settings)({
      db,
      queue,
      clock,
      backlog,
      ops: idleOps,
      refusal: () => undefined,
      logger,
    }),
    listen: { host: '127.0.0.1', port: 0 },
    listenVariable: 'ORDERLOG_GRPC_LISTEN',
    shed: (...call) => backlog.refusal() ?? queue.refusal(...call),
    ...limits,
  });
  const client = createClient(OrderServiceService, `127.0.0.1:${await server.start()}`);
  const bed: OrderBed = {
    db,
    client,
    logged: () => lines.join(''),
    now: new Date('2026-01-02T03:04:05.678Z'),
    overload: undefined,
    broken: undefined,
    closeEnds: () => ends.close(),
    async note(command, cause) {
      const [outcome] = await runBatch(writer, [{ command, now: bed.now, cause }]);
      if (outcome?.kind !== 'accepted') throw new Error(`${command.type} was not accepted`);
    },
    async stop() {
      client.close();
      await server.drain(500);
      await queue.drain();
      await db.destroy();
    },
  };
  return bed;
}

/** A request that is right in every field. */
export const placeOrderRequest = (more: Partial<PlaceOrderRequest> = {}): PlaceOrderRequest => ({
  requestId: randomUUID(),
  customerId: 'ada',
  lines: [{ sku: 'SKU-COFFEE', quantity: 2 }],
  paymentToken: TOKEN,
  expectedTotal: undefined,
  sagaMode: SagaMode.SAGA_MODE_UNSPECIFIED,
  ...more,
});
