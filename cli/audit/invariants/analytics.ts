/**
 * Analytics are what the orders come to: every order's state there is the fold of its events by the projector's own code, and
 * the sums are those of what the states contribute. States are read in pages; what is kept in memory grows with days, SKUs and
 * steps, and not with orders. Sums and states are of one snapshot: at work they agree as they do at rest.
 */
import { sql } from 'kysely';
import { readStreams } from '../../../platform/eventStore.ts';
import type { StoredEvent } from '../../../platform/events.ts';
import { analyticsProjection } from '../../../projector/analytics/projection.ts';
import type { CountedOrder } from '../../../projector/analytics/state.ts';
import { createTally, type Tally } from '../../../projector/tables/sums.ts';
import { differences } from '../canonical.ts';
import type { Invariant, Report } from '../invariant.ts';
import type { AnalyticsLook, Look } from '../look.ts';
import { readAhead } from '../readAhead.ts';
import { countOf, keyPages } from '../snapshot.ts';

const PAGE = 500;

const projection = analyticsProjection({
  getOrderHistory: () => Promise.reject(new Error('an audit folds what it has read')),
});

const WRONG_SUM = 'a sum is not that over the orders';

export const analytics: Invariant = {
  name: 'analytics',
  promise: 'every order is counted once, as the fold of its events, and sums are those over all orders',
  // The sums of today grow; whatever is compared with the orders may be on its way.
  lasting: [WRONG_SUM],
  skipped: (look) => (look.analytics ? undefined : 'no tables of analytics are known'),
  async check(look, report) {
    if (!look.analytics) return;
    const tally = createTally();
    await checkStates(look, look.analytics, tally, report);
    await checkAllCounted(look, look.analytics, report);
    await checkSums(look.analytics, tally, report);
    await tellParked(look.analytics, report);
  },
};

interface StateRow {
  stream_id: string;
  version: number;
  sequence: bigint;
  state: object;
}

async function checkStates(
  look: Look,
  { tx, schema }: AnalyticsLook,
  tally: Tally,
  report: Report,
): Promise<void> {
  const total = await countOf(look.databases.order, 'orders');
  let done = 0;
  async function* pages() {
    for (let after = ''; ; ) {
      const { rows } = await sql<StateRow>`
        select stream_id, version, sequence, state from ${sql.id(schema, 'states')}
        where stream_id > ${after} order by stream_id limit ${PAGE}`.execute(tx);
      const orderIds = rows.map((row) => row.stream_id);
      yield { rows, streams: await readStreams(look.databases.order.tx, orderIds) };
      if (rows.length < PAGE) return;
      after = orderIds.at(-1) ?? '';
    }
  }
  for await (const { rows, streams } of readAhead(pages())) {
    for (const row of rows) {
      tally.add(projection.contributions(projection.fromJson(row.state)));
      checkState(look, row, streams.get(row.stream_id) ?? [], report);
    }
    done += rows.length;
    report.progress(Math.min(done, total), total);
  }
}

function checkState(look: Look, row: StateRow, events: readonly StoredEvent[], report: Report): void {
  const { stream_id: orderId, version, sequence, state } = row;
  // Counted from what was published after the snapshot of the orders was taken. At rest nothing is.
  if (!look.isAtRest && sequence > BigInt(look.streams.order.before?.lastSequence ?? 0)) return;
  const subject = `order ${orderId}`;
  const evidence = { version, sequence: String(sequence) };
  const last = events.at(-1);
  if (!last) {
    report.violation(subject, 'it is counted, and there is no such order', evidence);
  } else if (version !== last.version && last.time.getTime() < look.settledBefore.getTime()) {
    const versions = { ...evidence, 'version of the order': last.version };
    report.violation(subject, 'it is counted at another version', versions);
  } else {
    const differing = differences(state, folded(orderId, events.slice(0, version)));
    if (Object.keys(differing).length === 0) return;
    report.violation(subject, 'it is counted as another than its events tell', { ...evidence, ...differing });
  }
}

/** What the state should be; a text, where the events cannot be folded. */
function folded(orderId: string, events: readonly StoredEvent[]): object | string {
  try {
    let order: CountedOrder | undefined;
    for (const { payload, ...stored } of events) {
      const event = projection.codec.decode(stored.type, payload);
      order = projection.project(order, { ...stored, streamId: orderId, event });
    }
    return order ? projection.toJson(order) : 'no events';
  } catch (error) {
    return `its events cannot be folded: ${String(error)}`;
  }
}

async function checkAllCounted(look: Look, { tx, schema }: AnalyticsLook, report: Report): Promise<void> {
  const { order } = look.databases;
  for await (const orderIds of keyPages(order, 'orders', 'order_id')) {
    const { rows } = await sql<{ stream_id: string }>`
      select stream_id from ${sql.id(schema, 'states')} where stream_id = any(${orderIds}::text[])`.execute(
      tx,
    );
    const counted = new Set(rows.map((row) => row.stream_id));
    const missing = orderIds.filter((orderId) => !counted.has(orderId));
    const streams = await readStreams(order.tx, missing);
    for (const orderId of missing) {
      const last = streams.get(orderId)?.at(-1);
      if (!last || last.time.getTime() >= look.settledBefore.getTime()) continue;
      report.violation(`order ${orderId}`, 'it is not counted', { version: last.version });
    }
  }
}

async function checkSums({ tx, schema }: AnalyticsLook, tally: Tally, report: Report): Promise<void> {
  for (const [table, { keys, sums }] of Object.entries(projection.tables)) {
    const wanted = new Map(tally.rows(table).map((row) => [row.key.join(' '), row.sums.join(' ')]));
    const columns = [...Object.keys(keys), ...sums].map((column) => sql`${sql.id(column)}::text`);
    const { rows } = await sql<Record<string, string>>`
      select ${sql.join(columns)} from ${sql.id(schema, table)}`.execute(tx);
    for (const row of rows) {
      const key = Object.keys(keys)
        .map((column) => row[column])
        .join(' ');
      const found = sums.map((column) => row[column]);
      const isNothing = found.every((sum) => sum === '0');
      const expected = wanted.get(key) ?? (isNothing ? found.join(' ') : 'nothing');
      wanted.delete(key);
      if (found.join(' ') !== expected) tellSum(report, table, key, found.join(' '), expected);
    }
    for (const [key, expected] of wanted) tellSum(report, table, key, 'nothing', expected);
  }
}

function tellSum(report: Report, table: string, key: string, found: string, wanted: string): void {
  report.violation(`${table} ${key}`, WRONG_SUM, { found, wanted });
}

const MAX_SHOWN = 20;

async function tellParked({ tx, schema }: AnalyticsLook, report: Report): Promise<void> {
  const { rows } = await sql<{ stream_id: string; sequence: bigint; reason: string }>`
    select stream_id, sequence, reason from ${sql.id(schema, 'parked')} order by sequence limit ${MAX_SHOWN}`.execute(
    tx,
  );
  for (const { stream_id, sequence, reason } of rows) {
    report.note(`order ${stream_id}`, 'its count is parked', { sequence: String(sequence), error: reason });
  }
}
