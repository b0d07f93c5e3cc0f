/** Every order, judged by what the three event stores hold of it (judge.ts): page by page, in the order of their ids. */
import { readStreams } from '../../../platform/eventStore.ts';
import type { Invariant, Report } from '../invariant.ts';
import { judgements, judgeOrder } from '../judge.ts';
import type { Look } from '../look.ts';
import { openCallsOf } from '../openCalls.ts';
import { readAhead } from '../readAhead.ts';
import { countOf, keysAfter } from '../snapshot.ts';
import { type OrderHistory, paymentIdOf, reservationStreamOf } from '../story.ts';
import { parkedAmong } from './parked.ts';

const PAGE = 500;

export const orders: Invariant = {
  name: 'orders',
  promise: judgements.map(({ name }) => name).join(', '),
  async check(look, report) {
    const total = await countOf(look.databases.order, 'orders');
    let done = 0;
    for await (const page of readAhead(historyPages(look))) {
      judgePage(look, page, report);
      done += page.length;
      report.progress(Math.min(done, total), total);
    }
  },
};

/** The ids of all orders that any of the three services knows, in order. */
async function* orderPages({ databases }: Look): AsyncGenerator<readonly string[]> {
  const { order, catalog, payment } = databases;
  for (let after: string | undefined; ; ) {
    const lists = await Promise.all([
      keysAfter(order.tx, 'orders', 'order_id', after, PAGE),
      keysAfter(catalog.tx, 'reservations', 'order_id', after, PAGE),
      keysAfter(payment.tx, 'payments', 'order_id', after, PAGE),
    ]);
    // Beyond the end of a full page that table may have more.
    const ends = lists.flatMap((keys) => (keys.length === PAGE ? (keys.at(-1) ?? []) : []));
    const bound = ends.sort()[0];
    const page = [...new Set(lists.flat())].filter((key) => bound === undefined || key <= bound).sort();
    if (page.length > 0) yield page;
    if (bound === undefined) return;
    after = bound;
  }
}

/** An order. */
interface Judged extends OrderHistory {
  readonly openCalls: readonly string[];
  /** Its news waits for an operator, and `parked` tells of it. */
  readonly isParked: boolean;
}

async function* historyPages(look: Look): AsyncGenerator<readonly Judged[]> {
  const { order, catalog, payment } = look.databases;
  for await (const orderIds of orderPages(look)) {
    const [orders, reservations, payments, parked] = await Promise.all([
      readStreams(order.tx, orderIds),
      readStreams(catalog.tx, orderIds.map(reservationStreamOf)),
      readStreams(payment.tx, orderIds.map(paymentIdOf)),
      parkedAmong(look, orderIds.flatMap(namesOf)),
    ]);
    const calls = await openCallsOf(order, orders);
    yield orderIds.map((orderId) => ({
      orderId,
      order: orders.get(orderId) ?? [],
      reservation: reservations.get(reservationStreamOf(orderId)) ?? [],
      payment: payments.get(paymentIdOf(orderId)) ?? [],
      openCalls: calls.get(orderId) ?? [],
      isParked: namesOf(orderId).some((name) => parked.has(name)),
    }));
  }
}

const namesOf = (orderId: string): readonly string[] => [
  orderId,
  reservationStreamOf(orderId),
  paymentIdOf(orderId),
];

function judgePage(look: Look, page: readonly Judged[], report: Report): void {
  const { now, settledBefore, isAtRest } = look;
  for (const { isParked, ...history } of page) {
    // No watermark waits for calls; at rest there are none.
    const isCalling = !isAtRest && history.openCalls.length > 0;
    const moment = { now, settledBefore: isParked || isCalling ? new Date(0) : settledBefore };
    for (const { kind, invariant, subject, message, evidence } of judgeOrder(history, moment)) {
      report.of(invariant)[kind](subject, message, evidence);
    }
  }
}
