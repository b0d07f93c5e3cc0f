/** Every order, judged by what the three event stores hold of it (judge.ts): page by page, in the order of their ids. */
import { readStreams } from '../../../platform/eventStore.ts';
import type { Invariant, Report } from '../invariant.ts';
import { judgements, judgeOrder } from '../judge.ts';
import type { Look } from '../look.ts';
import { countOf, keysAfter } from '../snapshot.ts';
import { paymentIdOf, reservationStreamOf } from '../story.ts';
import { parkedAmong } from './parked.ts';

const PAGE = 500;

export const orders: Invariant = {
  name: 'orders',
  promise: judgements.map(({ name }) => name).join(', '),
  async check(look, report) {
    const total = await countOf(look.databases.order, 'orders');
    let done = 0;
    for await (const orderIds of orderPages(look)) {
      await judgePage(look, orderIds, report);
      done += orderIds.length;
      report.progress(Math.min(done, total), total);
    }
  },
};

/** The ids of all orders that any of the three services knows, in order. */
async function* orderPages({ databases }: Look): AsyncGenerator<readonly string[]> {
  const { order, catalog, payment } = databases;
  for (let after: string | undefined; ; ) {
    const lists = [
      await keysAfter(order.tx, 'orders', 'order_id', after, PAGE),
      await keysAfter(catalog.tx, 'reservations', 'order_id', after, PAGE),
      await keysAfter(payment.tx, 'payments', 'order_id', after, PAGE),
    ];
    // Beyond the end of a full page that table may have more.
    const ends = lists.flatMap((keys) => (keys.length === PAGE ? (keys.at(-1) ?? []) : []));
    const bound = ends.sort()[0];
    const page = [...new Set(lists.flat())].filter((key) => bound === undefined || key <= bound).sort();
    if (page.length > 0) yield page;
    if (bound === undefined) return;
    after = bound;
  }
}

async function judgePage(look: Look, orderIds: readonly string[], report: Report): Promise<void> {
  const { order, catalog, payment } = look.databases;
  const own = await readStreams(order.tx, orderIds);
  const reservations = await readStreams(catalog.tx, orderIds.map(reservationStreamOf));
  const payments = await readStreams(payment.tx, orderIds.map(paymentIdOf));
  const parked = await parkedAmong(
    look,
    orderIds.flatMap((orderId) => [orderId, reservationStreamOf(orderId), paymentIdOf(orderId)]),
  );
  for (const orderId of orderIds) {
    const names = [orderId, reservationStreamOf(orderId), paymentIdOf(orderId)];
    // Its news waits for an operator, and `parked` tells of it.
    const isParked = names.some((name) => parked.has(name));
    const history = {
      orderId,
      order: own.get(orderId) ?? [],
      reservation: reservations.get(reservationStreamOf(orderId)) ?? [],
      payment: payments.get(paymentIdOf(orderId)) ?? [],
    };
    const moment = { now: look.now, settledBefore: isParked ? new Date(0) : look.settledBefore };
    for (const { kind, invariant, subject, message, evidence } of judgeOrder(history, moment)) {
      report.of(invariant)[kind](subject, message, evidence);
    }
  }
}
