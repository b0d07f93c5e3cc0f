/**
 * Clients that go on whatever happens: they place orders at a rate, over gRPC and REST, repeat under the same request_id
 * for as long as a repeat may help, and write down what they were told.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isRepeatable, type Orders } from '../e2e/support/orders.ts';
import { createClient } from '../platform/grpc/client.ts';
import { OrderServiceService } from '../proto/gen/orderlog/order/v1/order_service.ts';
import { cancel, orderIdOf, type Plan, placeByGrpc, placeByRest, planOf, type Skus } from './client.ts';
import type { Journal } from './journal.ts';
import type { World } from './world.ts';

export interface Load {
  /** Asked for so far. */
  readonly asked: number;
  /** Orders that were acknowledged. */
  readonly acknowledged: number;
  /** So many more orders, all at once. */
  burst(orders: number): void;
  /** Repeats every request so often, all at once; resolves when each repeat is answered. */
  replay(times: number): Promise<void>;
  /** Asks for nothing new from now on, and waits until all that was asked for is answered. Returns how to go on. */
  hold(): Promise<() => void>;
  /** Places no more; resolves when every client has its answer, or has given up. Returns how many gave up. */
  stop(): Promise<number>;
}

export interface LoadOptions {
  readonly world: World;
  readonly journal: Journal;
  readonly ratePerSecond: number;
  readonly skus: Skus;
}

/** A client that gets no answer for so long gives up, and does not know. */
const GIVE_UP_MS = 120_000;
/** More are not asked for while so many wait. */
const MAX_WAITING = 300;
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 2_000;
const REPEAT_AFTER_MS = 1_500;
/** About how long an order takes. */
const UNDER_WAY_MS = 200;

export function startLoad(options: LoadOptions): Load {
  const { world, journal, ratePerSecond } = options;
  const clients = new Map<string, Orders>();
  const waiting = new Set<Promise<void>>();
  const plans: Plan[] = [];
  const failures: unknown[] = [];
  let asked = 0;
  let gaveUp = 0;
  let stopped = false;
  let held = false;

  const clientOf = (n: number): Orders => {
    const addresses = [...world.orderAddresses];
    const address = addresses[n % addresses.length] ?? world.system.addresses.order;
    const known = clients.get(address) ?? createClient(OrderServiceService, address);
    clients.set(address, known);
    return known;
  };

  /** One request until it is answered; whether it was. */
  async function place(n: number, { request, wish, overRest }: Plan): Promise<boolean> {
    const askedAtMs = Date.now();
    for (let attempt = 0; Date.now() - askedAtMs < GIVE_UP_MS; attempt++) {
      try {
        const { orderId, answer } = overRest
          ? await placeByRest(world.system.addresses.http, request)
          : await placeByGrpc(clientOf(n + attempt), request);
        journal.acknowledge({ requestId: request.requestId, orderId, answer, askedAtMs, wish });
        return true;
      } catch (error) {
        if (!isRepeatable(error)) throw error;
      }
      await sleep(Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt) * (0.5 + Math.random()));
    }
    gaveUp += 1;
    return false;
  }

  async function cancelWithin(ms: number, n: number, { request, cancels }: Plan): Promise<void> {
    await sleep(Math.random() * ms);
    const { requestId } = request;
    const orderId = orderIdOf(requestId);
    const answer = await cancel((attempt) => clientOf(n + attempt), orderId, cancels === 'meanwhile');
    if (answer === 'accepted') journal.acknowledgeCancel({ requestId, orderId });
    if (answer === undefined) gaveUp += 1;
  }

  /** What one client does. */
  async function client(n: number, isBurst: boolean): Promise<void> {
    const plan = planOf(n, options.skus, isBurst);
    plans[n] = plan;
    const { times, repeats, cancels } = plan;
    const [[isPlaced]] = await Promise.all([
      Promise.all(Array.from({ length: times }, () => place(n, plan))),
      cancels === 'meanwhile' ? cancelWithin(UNDER_WAY_MS, n, plan) : undefined,
    ]);
    if (repeats) {
      await sleep(Math.random() * REPEAT_AFTER_MS);
      await place(n, plan);
    }
    if (cancels === 'afterwards' && isPlaced) await cancelWithin(REPEAT_AFTER_MS, n, plan);
  }

  function startClient(isBurst: boolean): void {
    const n = asked++;
    const one: Promise<void> = client(n, isBurst)
      .catch((error: unknown) => void failures.push(error))
      .finally(() => waiting.delete(one));
    waiting.add(one);
  }

  const running = (async () => {
    const startedAtMs = performance.now();
    for (let n = 0; !stopped; n++) {
      const dueInMs = startedAtMs + (n * 1_000) / ratePerSecond - performance.now();
      if (dueInMs > 0) await sleep(dueInMs);
      while ((held || waiting.size >= MAX_WAITING) && !stopped) await sleep(50);
      if (stopped) break;
      startClient(false);
    }
  })();
  return {
    get asked() {
      return asked;
    },
    get acknowledged() {
      return journal.placed.size;
    },
    burst(orders) {
      for (let n = 0; n < orders; n++) startClient(true);
    },
    async replay(times) {
      const repeats = Array.from({ length: times }, () => plans.map((plan, n) => place(n, plan)));
      await Promise.all(repeats.flat());
    },
    async hold() {
      held = true;
      await Promise.all(waiting);
      return () => {
        held = false;
      };
    },
    async stop() {
      stopped = true;
      await running;
      await Promise.all(waiting);
      for (const each of clients.values()) each.close();
      if (failures.length > 0)
        throw new Error(`a client was refused: ${String(failures[0])}`, { cause: failures[0] });
      return gaveUp;
    },
  };
}
