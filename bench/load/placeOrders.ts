/**
 * A generator of PlaceOrder calls, a process of its own: `node placeOrders.ts '<JSON of LoadOrder>'` prints a JSON line
 * every few seconds, and one at its end: a LoadResult of all until then.
 *
 * Closed loop (`callers`): each caller waits for its answer and calls again. Open loop (`perSecond`): calls begin by the
 * clock, whatever came of those before them; latency counts from when a call should have begun. SIGTERM ends either early,
 * and so does the last of `calls`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { OrderServiceService } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { type Quantiles, quantilesOf, round } from '../compare/quantiles.ts';
import { createCaller } from './caller.ts';
import { isDeclined, orderBytes, type Wishes } from './wishes.ts';

export interface LoadOrder {
  /** The Order service, `host:port`; replicas with commas between. */
  readonly address: string;
  readonly seconds: number;
  readonly callers?: number;
  readonly perSecond?: number;
  /** Of a closed loop: no more than so many. */
  readonly calls?: number;
  /** What is ordered: always said, since what an order costs depends on it. */
  readonly wishes: Wishes;
  readonly timeoutMs: number;
  /** Tells each latency at its end, for quantiles over several loads. */
  readonly tellsTimes?: boolean;
}

/** With the latencies of the accepted calls. */
export interface LoadResult extends Quantiles {
  /** Calls that began. */
  readonly offered: number;
  /** How many calls ended how, by gRPC status code; -1: no answer. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Of those that were accepted, how many the provider will decline. */
  readonly declined: number;
  /** When the first call began, in ms since the epoch. */
  readonly startedAt: number;
  readonly seconds: number;
  /** How much of processors this process took. */
  readonly processors: number;
  /** In ms; at the end only, and if asked for. */
  readonly times?: readonly number[];
}

const CONNECTIONS = 8;
/** An open loop's calls in flight are bounded, or a server that stands still would fill this process. */
const MAX_IN_FLIGHT = 20_000;
const OK = 0;
const TELL_MS = 5_000;
const NONE: Quantiles = { count: 0, p50: 0, p90: 0, p95: 0, p99: 0, max: 0 };

async function run(order: LoadOrder, tell: (result: LoadResult) => void): Promise<void> {
  const { wishes, calls = Number.POSITIVE_INFINITY } = order;
  const caller = createCaller(order.address, CONNECTIONS);
  const statuses: Record<string, number> = {};
  const latencies: number[] = [];
  let offered = 0;
  let declined = 0;
  const startedMs = performance.now();
  let endsMs = startedMs + order.seconds * 1_000;
  process.once('SIGTERM', () => {
    endsMs = 0;
  });

  async function place(dueMs: number): Promise<number> {
    const n = offered++;
    const message = orderBytes(n, wishes);
    const status = await caller.call(OrderServiceService.placeOrder.path, message, order.timeoutMs);
    statuses[status] = (statuses[status] ?? 0) + 1;
    if (status !== OK) return status;
    latencies.push(performance.now() - dueMs);
    if (isDeclined(n, wishes)) declined++;
    return status;
  }

  function result(): LoadResult {
    const seconds = (performance.now() - startedMs) / 1_000;
    const { user, system } = process.cpuUsage();
    return {
      offered,
      statuses,
      declined,
      startedAt: performance.timeOrigin + startedMs,
      seconds,
      ...(quantilesOf(latencies) ?? NONE),
      processors: (user + system) / 1e6 / seconds,
    };
  }

  const telling = setInterval(() => tell(result()), TELL_MS);
  const inFlight = new Set<Promise<number>>();
  if (order.callers !== undefined) {
    const loop = async () => {
      while (performance.now() < endsMs && offered < calls) await place(performance.now());
    };
    await Promise.all(Array.from({ length: order.callers }, loop));
  } else {
    const everyMs = 1_000 / (order.perSecond ?? 1);
    for (let dueMs = startedMs; dueMs < endsMs; ) {
      for (; dueMs <= performance.now() && inFlight.size < MAX_IN_FLIGHT; dueMs += everyMs) {
        const call = place(dueMs).finally(() => inFlight.delete(call));
        inFlight.add(call);
      }
      await sleep(1);
    }
    await Promise.all(inFlight);
  }
  clearInterval(telling);
  tell({ ...result(), ...(order.tellsTimes && { times: latencies.map((ms) => round(ms)) }) });
  caller.close();
}

await run(JSON.parse(process.argv[2] ?? '{}'), (result) => {
  process.stdout.write(`${JSON.stringify(result)}\n`);
});
