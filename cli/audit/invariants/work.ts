/**
 * What is still to be done stands in the database beside what it is to be done for: an open order has its timer, and one of a
 * direct saga the task of its first call; a payment that is under way has its task. Each pair is written in one transaction, so this
 * holds at every moment. At rest no call is left that has been due for long.
 */
import { sql } from 'kysely';
import { readStreams } from '../../../platform/eventStore.ts';
import { OrderCreated } from '../../../proto/gen/orderlog/order/v1/events.ts';
import { SagaMode } from '../../../proto/gen/orderlog/saga/v1/saga.ts';
import { callTaskIdOf } from '../../../services/order/direct/tasks.ts';
import { chargeTaskIdOf, refundTaskIdOf } from '../../../services/payment/tasks.ts';
import type { Invariant, Report } from '../invariant.ts';
import { SERVICES, type Snapshot } from '../snapshot.ts';
import { only, type Story, storyOf } from '../story.ts';
import { checkOverdue } from './overdue.ts';

export const work: Invariant = {
  name: 'work',
  promise:
    'an open order has its timer, a direct one its first call, a payment under way its task; none lies idle',
  async check({ databases, isAtRest }, report) {
    const { order, catalog, payment } = databases;
    await checkTimers(order, report);
    await checkCalls(order, catalog, report);
    await checkLeftTimers(order, report);
    await checkTasks(payment, report);
    if (!isAtRest) return;
    for (const service of SERVICES) await checkOverdue(databases[service], report);
  },
};

const PAGE = 500;
const NO_ID = '00000000-0000-0000-0000-000000000000';
const ENDS = ['OrderCompleted', 'OrderRejected', 'OrderCancelled'].map((type) => `orderlog.order.v1.${type}`);

async function checkTimers({ tx, now }: Snapshot, report: Report): Promise<void> {
  for (let after = NO_ID; ; ) {
    const { rows } = await sql<{ order_id: string; has_timer: boolean }>`
      select o.order_id, exists (select from timers t where t.timer_id = o.order_id) as has_timer
      from orders o
      where o.order_id > ${after}::uuid and not exists (
        select from events e where e.stream_id = o.order_id::text and e.type = any(${ENDS}::text[]))
      order by o.order_id limit ${PAGE}`.execute(tx);
    const bare = rows.filter(({ has_timer }) => !has_timer).map(({ order_id }) => order_id);
    const streams = await readStreams(tx, bare);
    for (const orderId of bare) {
      const story = storyOf({ orderId, order: streams.get(orderId) ?? [], reservation: [], payment: [] });
      const deadline = only(story.order, 'OrderCreated')[0]?.data.context?.deadline;
      // Once it is due the timer is gone: `deadline` tells whether it has done its work.
      if (!deadline || deadline <= now) continue;
      const evidence = { version: story.order.stored.length, deadline: deadline.toISOString() };
      report.violation(`order ${orderId}`, 'it is open, and has no timer', evidence);
    }
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) return;
    after = last.order_id;
  }
}

const ORDER_CREATED = 'orderlog.order.v1.OrderCreated';

/** Orders of direct sagas of which nothing but their beginning is known: their first call is among the tasks, or was answered. */
async function checkCalls({ tx }: Snapshot, catalog: Snapshot, report: Report): Promise<void> {
  for (let after = NO_ID; ; ) {
    const { rows } = await sql<{ order_id: string; payload: Buffer }>`
      select o.order_id, e.payload from orders o
      join events e on e.stream_id = o.order_id::text and e.version = o.version and e.type = ${ORDER_CREATED}
      where o.order_id > ${after}::uuid order by o.order_id limit ${PAGE}`.execute(tx);
    const direct = rows.filter(({ payload }) => modeOf(payload) === SagaMode.SAGA_MODE_DIRECT);
    const wanted = new Map(
      direct.map(({ order_id }) => [callTaskIdOf(order_id, 'ReserveItemsRequested'), order_id]),
    );
    const found = await sql<{ task_id: string }>`
      select task_id from tasks where task_id = any(${[...wanted.keys()]}::uuid[])`.execute(tx);
    for (const { task_id } of found.rows) wanted.delete(task_id);
    const answered = await reservedAmong(catalog, [...wanted.values()]);
    for (const [task, orderId] of wanted) {
      if (answered.has(orderId)) continue;
      report.violation(`order ${orderId}`, 'its saga is direct, and nothing makes its first call', { task });
    }
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) return;
    after = last.order_id;
  }
}

/** Goods that somebody had released before are no news to the order, which waits for its deadline then: `progress` judges it. */
async function reservedAmong({ tx }: Snapshot, orderIds: readonly string[]): Promise<ReadonlySet<string>> {
  if (orderIds.length === 0) return new Set();
  const { rows } = await sql<{ order_id: string }>`
    select order_id from reservations where order_id = any(${orderIds}::uuid[])`.execute(tx);
  return new Set(rows.map(({ order_id }) => order_id));
}

const modeOf = (orderCreated: Uint8Array): SagaMode | undefined =>
  OrderCreated.decode(orderCreated).context?.mode;

/** At most so many are told of. */
const MAX_LEFT = 100;

async function checkLeftTimers({ tx }: Snapshot, report: Report): Promise<void> {
  const { rows } = await sql<{ timer_id: string; due_at: Date }>`
    select t.timer_id, t.due_at from timers t
    where exists (
      select from events e where e.stream_id = t.timer_id::text and e.type = any(${ENDS}::text[]))
    order by t.timer_id limit ${MAX_LEFT}`.execute(tx);
  for (const { timer_id, due_at } of rows) {
    const evidence = { due: due_at.toISOString() };
    report.violation(`order ${timer_id}`, 'it has ended, and its timer is left', evidence);
  }
}

async function checkTasks({ tx }: Snapshot, report: Report): Promise<void> {
  for (let after = NO_ID; ; ) {
    const { rows } = await sql<{ payment_id: string; order_id: string }>`
      select payment_id, order_id from payments
      where payment_id > ${after}::uuid and status = any(${UNDER_WAY}::text[])
      order by payment_id limit ${PAGE}`.execute(tx);
    const streams = await readStreams(
      tx,
      rows.map(({ payment_id }) => payment_id),
    );
    const stories = rows.map(({ payment_id, order_id }) =>
      storyOf({ orderId: order_id, order: [], reservation: [], payment: streams.get(payment_id) ?? [] }),
    );
    const wanted = stories.flatMap((story) => taskOf(story) ?? []);
    const found = await sql<{ task_id: string }>`
      select task_id from tasks where task_id = any(${wanted}::uuid[])`.execute(tx);
    const known = new Set(found.rows.map(({ task_id }) => task_id));
    for (const story of stories) {
      const task = taskOf(story);
      if (task === undefined || known.has(task)) continue;
      const { status, streamId } = story.payment;
      const evidence = { 'payment.status': status, payment: streamId, task };
      report.violation(
        `order ${story.orderId}`,
        'its payment is under way, and no task asks for it',
        evidence,
      );
    }
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) return;
    after = last.payment_id;
  }
}

/** Rows that may have a task; their events tell which. */
const UNDER_WAY = ['started', 'cancelling', 'refunding'];

function taskOf({ payment }: Story): string | undefined {
  switch (payment.status) {
    case 'started':
    case 'cancelling':
      return chargeTaskIdOf(payment.streamId);
    case 'refunding':
      return refundTaskIdOf(payment.streamId, only(payment, 'PaymentRefundStarted').length);
    default:
      return undefined;
  }
}
