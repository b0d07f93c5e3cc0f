/** The Order service's commands on PostgreSQL alone: no log, no consumers; what is committed stays in the outbox. */

import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { Metadata } from '@grpc/grpc-js';
import { sql } from 'kysely';
import { ANYBODY } from '../../platform/access/caller.ts';
import { databaseClock } from '../../platform/clock.ts';
import { createCommandQueue } from '../../platform/commandQueue.ts';
import type { Database } from '../../platform/database.ts';
import { idleOps } from '../../platform/grpc/ops.testing.ts';
import type { CallInfo, OfferedService, UnaryHandler } from '../../platform/grpc/service.ts';
import { OrderServiceService, PlaceOrderRequest } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { SagaMode } from '../../proto/gen/orderlog/saga/v1/saga.ts';
import { watchEnds } from '../../services/order/direct/ends.ts';
import { orderService } from '../../services/order/grpc.ts';
import { orderModelIn } from '../../services/order/model.ts';
import type { Wishes } from '../load/wishes.ts';
import { assertCounts } from './counts.ts';
import type { Ending } from './prepared.ts';
import { silent } from './servers.ts';
import { CUSTOMERS, customerOf, linesOf, SKUS } from './stories.ts';

const DEADLINE_MS = 900_000;
const MAX_PAYLOAD_BYTES = 1_000_000;
const NEVER = new AbortController().signal;
const endlessBacklog = {
  depth: () => 0,
  oldestTime: () => undefined,
  refusal: () => undefined,
  stop: async () => undefined,
};

/** What a generator orders: as placeOrderOf does, two lines of the same items for the same customers. */
export const WISHES: Wishes = { skus: SKUS, lines: 2, customers: CUSTOMERS, declinedOf: 0 };

/** Tables whose rows in a whole system go again within a second: the relay publishes, and an order ends. */
export const PASSING = ['outbox', 'timers'] as const;

/** Of a stage that has `all` behind it, `turn` of them since those tables were emptied. Throws unless all are there. */
export async function assertPlaced(db: Database, all: number, turn: number): Promise<void> {
  const { rows } = await sql<{ orders: bigint; requests: bigint; events: bigint; outbox: bigint }>`
    select (select count(*) from orders) as orders, (select count(*) from requests) as requests,
      (select count(*) from events) as events, (select count(*) from outbox) as outbox`.execute(db);
  assertCounts('PlaceOrder', rows[0], { orders: all, requests: all, events: all, outbox: turn });
}

/** The services that it offers, as its own main puts them together. */
export async function orderServices(db: Database, ending: Ending): Promise<readonly OfferedService[]> {
  const stopping = new AbortController();
  const clock = await databaseClock(db, stopping.signal);
  const ends = watchEnds();
  const model = orderModelIn('events');
  const queue = createCommandQueue(
    { db, model, maxPayloadBytes: MAX_PAYLOAD_BYTES, onCommitted: ends.onCommitted },
    clock,
  );
  ending.defer(async () => {
    await queue.drain();
    stopping.abort();
  });
  return orderService({
    store: 'events',
    tokenKeys: { current: 'k1', keys: new Map([['k1', randomBytes(32)]]) },
    consistencyKey: randomBytes(32),
    deadlineMs: DEADLINE_MS,
    defaultMode: SagaMode.SAGA_MODE_CHOREOGRAPHY,
    direct: { ends, refusal: () => undefined },
    peers: [],
  })({ db, queue, clock, backlog: endlessBacklog, ops: idleOps, refusal: () => undefined, logger: silent });
}

/** Calls its PlaceOrder without gRPC: from the handler on. The n-th order has the n-th lines. */
export function placeOrderOf([orders]: readonly OfferedService[]): (n: number) => Promise<unknown> {
  const handler = orders?.handlers.placeOrder as UnaryHandler;
  const method = OrderServiceService.placeOrder.path.slice(1);
  return (n) => {
    const request = PlaceOrderRequest.fromPartial({
      requestId: randomUUID(),
      customerId: customerOf(n),
      paymentToken: 'tok_ok',
      lines: linesOf(n),
    });
    const bytes = PlaceOrderRequest.encode(request).finish();
    const call: CallInfo = {
      ...ANYBODY,
      method,
      fingerprint: createHash('sha256').update(bytes).digest(),
      requestBytes: bytes.length,
      deadline: undefined,
      signal: NEVER,
      startsSaga: true,
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      metadata: new Metadata(),
    };
    return handler(request, call);
  };
}
