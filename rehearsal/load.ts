/**
 * Clients by the clock (open loop): each begins when it is due, whatever became of those before it. They place orders, read and watch
 * them, over gRPC and over REST, in every saga mode. A request that fails is counted as failed; who placed an order repeats it all
 * the same under its request_id until it is answered, so that one can tell afterwards whether anything was lost or doubled.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Journal } from '../chaos/journal.ts';
import { orderOf } from '../e2e/support/orders.ts';
import { createClient } from '../platform/grpc/client.ts';
import { OrderServiceService, PlaceOrderRequest } from '../proto/gen/orderlog/order/v1/order_service.ts';
import { OrderQueryServiceService } from '../proto/gen/orderlog/query/v1/query_service.ts';
import { SagaMode, sagaModeToJSON } from '../proto/gen/orderlog/saga/v1/saga.ts';
import type { Pods } from './pods.ts';
import { createReads, type Placed } from './reads.ts';
import { createRest, restAnswer } from './rest.ts';
import { addressOf } from './slots.ts';
import { createTally, type Kind, type Tally } from './tally.ts';
import { watchByGrpc, watchByRest } from './watches.ts';

export interface Load {
  readonly tally: Tally;
  /** Reads that saw less than others before them. */
  readonly wentBack: readonly string[];
  /** Begins nothing new; resolves when every client has its answer. Returns how many placed an order and never got one. */
  stop(): Promise<number>;
}

export interface LoadOptions {
  readonly pods: Pods;
  readonly journal: Journal;
  readonly perSecond: number;
  readonly sku: string;
}

const MAX_IN_FLIGHT = 1_000;
const TIMEOUT_MS = 15_000;
const REPEAT_EVERY_MS = 500;
const GIVE_UP_MS = 60_000;
const MODES = [
  SagaMode.SAGA_MODE_CHOREOGRAPHY,
  SagaMode.SAGA_MODE_ORCHESTRATION,
  SagaMode.SAGA_MODE_DIRECT,
] as const;
/** What the clients do, in turn. */
const TURNS: readonly Kind[] = [
  'placeByGrpc',
  'placeByRest',
  'getByGrpc',
  'getByRest',
  'placeByGrpc',
  'placeByRest',
  'getByGrpc',
  'getByRest',
  'watchByGrpc',
  'watchByRest',
];

export function startLoad({ pods, journal, perSecond, sku }: LoadOptions): Load {
  const tally = createTally();
  const orders = createClient(OrderServiceService, addressOf(pods.slots, 'order'));
  const query = createClient(OrderQueryServiceService, addressOf(pods.slots, 'gateway'));
  const rest = createRest(pods.endpoints);
  const reads = createReads({ query, rest, tally });
  const placed: Placed[] = [];
  const inFlight = new Set<Promise<void>>();
  let gaveUp = 0;
  let isStopped = false;

  /** Counted, whatever comes of it. Throws what it throws. */
  async function counted<T>(kind: Kind, dueMs: number, work: () => Promise<T>): Promise<T> {
    tally.asked(kind);
    try {
      const answer = await work();
      tally.answered(kind, performance.now() - dueMs);
      return answer;
    } catch (error) {
      tally.failed(kind, error);
      throw error;
    }
  }

  async function placeOnce(kind: Kind, request: PlaceOrderRequest): Promise<Placed> {
    if (kind === 'placeByGrpc') return orders.placeOrder(request, { timeoutMs: TIMEOUT_MS });
    const { requestId, ...body } = PlaceOrderRequest.toJSON(request) as { requestId: string };
    const headers = { 'content-type': 'application/json', 'idempotency-key': requestId };
    return restAnswer(await rest.send('POST', '/v1/orders', headers, JSON.stringify(body)), 202) as Placed;
  }

  async function place(kind: Kind, request: PlaceOrderRequest, dueMs: number): Promise<Placed | undefined> {
    const askedAtMs = Date.now();
    const untilMs = performance.now() + GIVE_UP_MS;
    let answer = await counted(kind, dueMs, () => placeOnce(kind, request)).catch(() => undefined);
    while (!answer && performance.now() < untilMs) {
      await sleep(REPEAT_EVERY_MS);
      answer = await placeOnce('placeByGrpc', request).catch(() => undefined);
    }
    if (!answer) {
      gaveUp += 1;
      return undefined;
    }
    const { orderId, consistencyToken } = answer;
    const { requestId, paymentToken, sagaMode } = request;
    const wish = { mode: sagaModeToJSON(sagaMode), paymentToken, sku, cancels: false };
    journal.acknowledge({ requestId, orderId, answer: orderId, askedAtMs, wish });
    placed.push({ orderId, consistencyToken });
    return answer;
  }

  async function one(n: number, dueMs: number): Promise<void> {
    const kind = TURNS[n % TURNS.length] ?? 'placeByGrpc';
    if (kind === 'placeByGrpc' || kind === 'placeByRest') {
      await place(kind, requestOf(n, sku), dueMs);
      return;
    }
    if (kind === 'getByGrpc' || kind === 'getByRest') {
      const known = placed.at(-1 - (n % 7));
      if (known) await counted(kind, dueMs, () => reads.get(kind, known)).catch(() => undefined);
      return;
    }
    const order = await place('placeByGrpc', { ...requestOf(n, sku), paymentToken: 'tok_slow' }, dueMs);
    if (!order) return;
    const watching = { orderId: order.orderId, onResumed: () => tally.resumed(kind) };
    const watch = () => (kind === 'watchByGrpc' ? watchByGrpc(query, watching) : watchByRest(rest, watching));
    await counted(kind, performance.now(), watch).catch(() => undefined);
  }

  const running = (async () => {
    const startedMs = performance.now();
    for (let n = 0; !isStopped; ) {
      const dueMs = startedMs + (n * 1_000) / perSecond;
      if (dueMs > performance.now() || inFlight.size >= MAX_IN_FLIGHT) {
        await sleep(2);
        continue;
      }
      const client: Promise<void> = one(n++, dueMs).finally(() => inFlight.delete(client));
      inFlight.add(client);
    }
  })();
  return {
    tally,
    wentBack: reads.wentBack,
    async stop() {
      isStopped = true;
      await running;
      await Promise.all(inFlight);
      for (const client of [orders, query, rest]) client.close();
      return gaveUp;
    },
  };
}

const requestOf = (n: number, sku: string): PlaceOrderRequest =>
  orderOf({
    requestId: randomUUID(),
    customerId: `client-${n % 50}`,
    lines: [{ sku, quantity: 1 }],
    paymentToken: n % 40 === 11 ? 'tok_declined' : 'tok_ok',
    sagaMode: MODES[n % MODES.length] ?? SagaMode.SAGA_MODE_UNSPECIFIED,
  });
