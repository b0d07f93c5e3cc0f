/**
 * Latencies at shares of what the system can do, by the clock: an order's time counts from when it was due, so that a system
 * that stands still cannot hide it. A generator places most orders, and tells how long their answers took; a few a second are
 * placed here, and followed until they can be seen.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasEnded } from '../../../e2e/support/orders.ts';
import { OrderStatus, orderStatusToJSON } from '../../../proto/gen/orderlog/order/v1/types.ts';
import { SagaMode } from '../../../proto/gen/orderlog/saga/v1/saga.ts';
import { openLoop } from '../../compare/openLoop.ts';
import { answered } from '../../compare/patience.ts';
import { quantilesOf, round } from '../../compare/quantiles.ts';
import { acceptedOf, generate, refusedOf } from '../../load/generate.ts';
import { wishOf } from '../../load/wishes.ts';
import type { Bed } from '../bed.ts';
import { watchEnds } from '../ends.ts';
import { LATENCY_KINDS, type Latency, type LatencyKind } from '../figures.ts';
import { times } from '../method.ts';
import { USUAL } from '../orderTurn.ts';
import { LOADS } from '../plan.ts';
import { auditsOf, type Measured, type Run, toldOf } from '../run.ts';
import { isTold } from '../toldQuantiles.ts';

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

/** What one round of one load showed, in ms. */
interface Round {
  readonly times: Readonly<Record<LatencyKind, readonly number[]>>;
  readonly refused: number;
}

export async function latency(run: Run): Promise<Measured> {
  const { plan, say, signal } = run;
  const bed = await run.bed();
  const { rate } = await (await run.allIn()).run(plan.seconds, (line) => say(`all that it can: ${line}`));
  const loads = LOADS.map((load) => ({
    load,
    // A machine that can hardly do anything is still asked for some orders, of which one is followed.
    perSecond: Math.max(round(rate * load, 1), LEAST_ORDERS / plan.latencySeconds),
    rounds: [] as Round[],
  }));
  for (let at = 1; at <= plan.latencyRounds; at++) {
    for (const { load, perSecond, rounds } of at % 2 === 1 ? loads : loads.toReversed()) {
      signal.throwIfAborted();
      say(
        `round ${at} of ${plan.latencyRounds}: ${perSecond} orders/s, ${load * 100} % of what it can, for ${plan.latencySeconds} s`,
      );
      rounds.push(await measureAt(run, bed, perSecond));
    }
  }
  const latencies = loads.map(({ load, perSecond, rounds }) => latencyOf(load, perSecond, rounds));
  const half = latencies.find(({ load }) => load === HALF)?.times.byId;
  const byId = (quantile: 'p50' | 'p99') => (isTold(half, quantile) ? [half[quantile]] : []);
  return {
    ...toldOf(bed),
    method: [
      `${times(plan.latencyRounds, 'round')} of ${plan.latencySeconds} s at each load, open loop: orders are due by the clock, whatever has become of those before them, and times count from then (no coordinated omission). Quantiles are exact, of all rounds together, and none is told that hardly more than the slowest is above.`,
      `Answers are those of a generator; ${plan.probesPerSecond} more orders a second are followed until they can be seen: in the aggregate by looking every ${LOOK_MS} ms, which adds half of that as a rule; by id with the order’s consistency token, which waits on the server; one of ${SEARCHED_OF} of them in searches without it, every ${SEARCH_MS} ms.`,
      'Before each round PostgreSQL writes out what it has left to write.',
    ],
    notes: [`All that it can was ${round(rate, 0)} orders/s just before.`],
    goals: [
      {
        name: 'placed to visible by id at half load, p50',
        unit: 'ms',
        values: byId('p50'),
        below: BY_ID_P50_MS,
      },
      {
        name: 'placed to visible by id at half load, p99',
        unit: 'ms',
        values: byId('p99'),
        below: BY_ID_P99_MS,
      },
    ],
    series: [],
    latencies,
    audits: await auditsOf(run, bed),
  };
}

function latencyOf(load: number, perSecond: number, rounds: readonly Round[]): Latency {
  const all = (kind: LatencyKind) => quantilesOf(rounds.flatMap(({ times }) => times[kind]));
  return {
    load,
    perSecond,
    refused: rounds.reduce((sum, { refused }) => sum + refused, 0),
    times: {
      answered: all('answered'),
      completed: all('completed'),
      byId: all('byId'),
      bySearch: all('bySearch'),
    },
  };
}

async function measureAt({ plan, signal }: Run, bed: Bed, perSecond: number): Promise<Round> {
  const probesPerSecond = Math.min(plan.probesPerSecond, perSecond / 2);
  const untilEnded = await watchEnds(bed);
  await bed.settle();
  let followedOrders = 0;
  const followed: Record<Followed, number[]> = { completed: [], byId: [], bySearch: [] };
  const order = {
    address: bed.system.addresses.order,
    seconds: plan.latencySeconds,
    perSecond: perSecond - probesPerSecond,
    timeoutMs: TIMEOUT_MS,
    wishes: USUAL,
    tellsTimes: true,
  };
  const [placed] = await Promise.all([
    generate(order, undefined, signal),
    openLoop({ perSecond: probesPerSecond, seconds: plan.latencySeconds }, (n, dueMs) => {
      followedOrders++;
      return follow(bed, n, dueMs, (kind) => followed[kind].push(performance.now() - dueMs));
    }),
  ]);
  const all = { ...placed, statuses: { ...placed.statuses, '0': acceptedOf(placed) + followedOrders } };
  await untilEnded(all, () => undefined);
  return { times: { answered: placed.times ?? [], ...followed }, refused: refusedOf(placed) };
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
      if (!order || !hasEnded(order.status)) return false;
      if (order.status === OrderStatus.ORDER_STATUS_COMPLETED) return true;
      throw new Error(`order ${orderId} ended otherwise than it was to: ${orderStatusToJSON(order.status)}`);
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
