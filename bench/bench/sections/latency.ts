/**
 * Latencies at shares of what the system can do, by the clock: an order's time counts from when it was due, so that a system
 * that stands still cannot hide it. A generator places most orders, and tells how long their answers took; a few a second are
 * placed here, and followed until they can be seen.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasEnded } from '../../../e2e/support/orders.ts';
import { SagaMode } from '../../../proto/gen/orderlog/saga/v1/saga.ts';
import { openLoop } from '../../compare/openLoop.ts';
import { answered } from '../../compare/patience.ts';
import { quantilesOf, round } from '../../compare/quantiles.ts';
import { generate } from '../../load/generate.ts';
import { wishOf } from '../../load/wishes.ts';
import type { Bed } from '../bed.ts';
import { LATENCY_KINDS, type Latency, type LatencyKind } from '../figures.ts';
import { USUAL } from '../orderTurn.ts';
import { LOADS } from '../plan.ts';
import { auditsOf, type Measured, type Run } from '../run.ts';

type Followed = Exclude<LatencyKind, 'answered'>;

const HALF = 0.5;
const BY_ID_P50_MS = 25;
const BY_ID_P99_MS = 120;
const TIMEOUT_MS = 10_000;
/** Looking must not be the load that it looks at: ten orders a second, asked for until they have ended, seconds at times. */
const LOOK_MS = 100;
const SEARCH_MS = 250;
/** One of so many that are followed is searched for: a search costs more than all else that is asked here. */
const SEARCHED_OF = 5;
const SEEN_WITHIN_MS = 60_000;
const LEAST_ORDERS = 4;

export async function latency(run: Run): Promise<Measured> {
  const { plan, say, signal } = run;
  const bed = await run.bed();
  const { rate } = await (await run.allIn()).run(plan.seconds, (line) => say(`all that it can: ${line}`));
  const latencies: Latency[] = [];
  for (const load of LOADS) {
    signal.throwIfAborted();
    // A machine that can hardly do anything is still asked for some orders, of which one is followed.
    const perSecond = Math.max(round(rate * load, 1), LEAST_ORDERS / plan.latencySeconds);
    say(`${perSecond} orders/s, ${load * 100} % of what it can, for ${plan.latencySeconds} s`);
    latencies.push({ load, perSecond, times: await measureAt(run, bed, perSecond) });
  }
  const half = latencies.find(({ load }) => load === HALF)?.times.byId;
  return {
    servers: bed.servers,
    notes: [`All that it can was ${round(rate, 0)} orders/s just before.`],
    goals: half
      ? [
          {
            name: 'placed to visible by id at half load, p50',
            unit: 'ms',
            values: [half.p50],
            below: BY_ID_P50_MS,
          },
          {
            name: 'placed to visible by id at half load, p99',
            unit: 'ms',
            values: [half.p99],
            below: BY_ID_P99_MS,
          },
        ]
      : [],
    series: [],
    latencies,
    audits: await auditsOf(run, bed),
  };
}

async function measureAt({ plan, signal }: Run, bed: Bed, perSecond: number): Promise<Latency['times']> {
  const probesPerSecond = Math.min(plan.probesPerSecond, perSecond / 2);
  const { ended } = await bed.readModel.count();
  await bed.settle();
  const times: Record<Followed, number[]> = { completed: [], byId: [], bySearch: [] };
  const order = {
    address: bed.system.addresses.order,
    seconds: plan.latencySeconds,
    perSecond: perSecond - probesPerSecond,
    timeoutMs: TIMEOUT_MS,
    wishes: USUAL,
  };
  const [placed] = await Promise.all([
    generate(order, undefined, signal),
    openLoop({ perSecond: probesPerSecond, seconds: plan.latencySeconds }, (n, dueMs) =>
      follow(bed, n, dueMs, (kind) => times[kind].push(performance.now() - dueMs)),
    ),
  ]);
  await bed.readModel.untilEnded(ended + (placed.statuses['0'] ?? 0), () => undefined);
  const { count, p50, p90, p95, p99, max } = placed;
  return {
    answered: { count, p50, p90, p95, p99, max },
    completed: quantilesOf(times.completed),
    byId: quantilesOf(times.byId),
    bySearch: quantilesOf(times.bySearch),
  };
}

/** `seen` is told of each kind as it happens. */
async function follow(bed: Bed, n: number, dueMs: number, seen: (kind: Followed) => void): Promise<void> {
  const { lines } = wishOf(n, USUAL);
  // A customer with this order only: a search for him tells whether it is there.
  const customerId = `probe-${randomUUID()}`;
  const request = {
    requestId: randomUUID(),
    customerId,
    lines,
    paymentToken: 'tok_ok',
    expectedTotal: undefined,
    sagaMode: SagaMode.SAGA_MODE_UNSPECIFIED,
  };
  const { orderId, consistencyToken } = (await answered(() => bed.orders.placeOrder(request))).value;
  const untilMs = dueMs + SEEN_WITHIN_MS;
  const until = async (kind: Followed, pauseMs: number, look: () => Promise<boolean>) => {
    while (!(await answered(look)).value) {
      if (performance.now() > untilMs)
        throw new Error(`order ${orderId} after a minute: not yet ${LATENCY_KINDS[kind]}`);
      await sleep(pauseMs);
    }
    seen(kind);
  };
  await Promise.all([
    until('completed', LOOK_MS, async () => {
      const { order } = await bed.orders.getOrder({ orderId });
      return order !== undefined && hasEnded(order.status);
    }),
    // Waits on the server until the read model has it.
    until(
      'byId',
      LOOK_MS,
      async () => (await bed.query.getOrder({ orderId, consistencyToken })).order !== undefined,
    ),
    n % SEARCHED_OF === 0 &&
      until('bySearch', SEARCH_MS, async () => {
        const page = { customerId, pageSize: 1, pageToken: '', consistencyToken: '' };
        return (await bed.query.listCustomerOrders(page)).orders.length > 0;
      }),
  ]);
}
