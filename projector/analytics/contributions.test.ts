import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { bucketOf } from '../../platform/histogram.ts';
import { CancellationReason, OrderStatus, RejectionReason } from '../../proto/gen/orderlog/order/v1/types.ts';
import { orderEvents } from '../orders/events.ts';
import { createTally } from '../tables/sums.ts';
import { contributions, sumTables } from './contributions.ts';
import { project } from './project.ts';
import { type CountedOrder, fromJson, toJson } from './state.ts';
import { recordsOf, type Story, stories } from './stories.testing.ts';

/** Folds as the engine does: through the log's bytes, and through the stored state at each step. */
function given(story: Story): CountedOrder {
  let order: CountedOrder | undefined;
  for (const { payload, ...record } of recordsOf('one', story)) {
    const stored = order && fromJson(JSON.parse(JSON.stringify(toJson(order))));
    order = project(stored, { ...record, event: orderEvents.decode(record.type, payload) });
  }
  assert(order);
  return order;
}

/** The rows of a table, as text. */
function counted(table: keyof typeof sumTables, ...all: readonly Story[]): readonly string[] {
  const tally = createTally();
  for (const story of all) tally.add(contributions(given(story)));
  return tally
    .rows(table)
    .map(({ key, sums }) => `${key.join(' ')}: ${sums.join(' ')}`)
    .sort();
}

const { OUT_OF_STOCK, CUSTOMER, DECLINED } = {
  OUT_OF_STOCK: RejectionReason.REJECTION_REASON_OUT_OF_STOCK,
  CUSTOMER: CancellationReason.CANCELLATION_REASON_CUSTOMER_REQUEST,
  DECLINED: CancellationReason.CANCELLATION_REASON_PAYMENT_DECLINED,
};
const S = OrderStatus;

describe('what is counted of an order', () => {
  it('is its sale, by day and by SKU, once it completed', () => {
    assert.deepEqual(counted('daily_sales', stories.completes), ['2026-01-05 EUR: 1 2530 0 0']);
    assert.deepEqual(counted('sku_sales', stories.completes), [
      '2026-01-05 EUR COFFEE Name of COFFEE: 2 1980',
      '2026-01-05 EUR TEA Name of TEA: 1 550',
    ]);
    for (const unsold of ['is rejected', 'is declined', 'is cancelled', 'is under way'] as const) {
      assert.deepEqual(counted('daily_sales', stories[unsold]), [], unsold);
      assert.deepEqual(counted('sku_sales', stories[unsold]), [], unsold);
    }
  });

  it('is its refund, on the day of the refund', () => {
    assert.deepEqual(counted('daily_sales', stories['is refunded the next day']), [
      '2026-01-05 EUR: 1 2530 0 0',
      '2026-01-06 EUR: 0 0 1 2530',
    ]);
    assert.deepEqual(counted('sku_sales', stories['is refunded the next day']), [
      '2026-01-05 EUR COFFEE Name of COFFEE: 2 1980',
      '2026-01-05 EUR TEA Name of TEA: 1 550',
      '2026-01-06 EUR COFFEE Name of COFFEE: -2 -1980',
      '2026-01-06 EUR TEA Name of TEA: -1 -550',
    ]);
  });

  it('is where it stands, once, on the day on which it was placed', () => {
    assert.deepEqual(
      counted('statuses', ...Object.values(stories)),
      [
        `2026-01-05 ${S.ORDER_STATUS_CANCELLED}: 2`,
        `2026-01-05 ${S.ORDER_STATUS_COMPLETED}: 3`,
        `2026-01-05 ${S.ORDER_STATUS_REFUNDED}: 1`,
        `2026-01-05 ${S.ORDER_STATUS_REJECTED}: 1`,
        `2026-01-05 ${S.ORDER_STATUS_RESERVED}: 1`,
      ].sort(),
    );
  });

  it('is how far it came', () => {
    assert.deepEqual(counted('funnel', ...Object.values(stories)), [
      '2026-01-05 cancelled: 2',
      '2026-01-05 completed: 4',
      '2026-01-05 paid: 4',
      '2026-01-05 placed: 8',
      '2026-01-05 refunded: 1',
      '2026-01-05 rejected: 1',
      '2026-01-05 reserved: 6',
    ]);
  });

  it('is why it ended without a sale, or gave it back', () => {
    assert.deepEqual(
      counted('endings', ...Object.values(stories)),
      [
        `2026-01-05 ${S.ORDER_STATUS_CANCELLED} ${CUSTOMER}: 1`,
        `2026-01-05 ${S.ORDER_STATUS_CANCELLED} ${DECLINED}: 1`,
        `2026-01-05 ${S.ORDER_STATUS_REFUNDED} ${CUSTOMER}: 1`,
        `2026-01-05 ${S.ORDER_STATUS_REJECTED} ${OUT_OF_STOCK}: 1`,
      ].sort(),
    );
  });

  it('is how long its steps took, however they went', () => {
    const times = (story: Story) => Object.entries(given(story).took).sort();
    assert.deepEqual(times(stories.completes), [
      ['charge', 300],
      ['order', 401],
      ['reserve', 100],
    ]);
    assert.deepEqual(times(stories['is rejected']), [
      ['order', 50],
      ['reserve', 50],
    ]);
    assert.deepEqual(times(stories['is declined']), [
      ['charge', 800],
      ['order', 900],
      ['reserve', 100],
    ]);
    assert.deepEqual(times(stories['is cancelled']), [
      ['cancel', 40],
      ['order', 60],
    ]);
    assert.deepEqual(given(stories['is refunded the next day']).took.refund, 2_000);
    assert.deepEqual(counted('step_times', stories['is rejected']), [
      `2026-01-05 order ${bucketOf(50)}: 1`,
      `2026-01-05 reserve ${bucketOf(50)}: 1`,
    ]);
  });

  it('is no time of a charge whose beginning is not known', () => {
    assert.equal(given(stories['is paid before it is reserved']).took.charge, undefined);
  });

  it('is one end and one sale, whatever is said again', () => {
    const twice: Story = [...stories.completes, ['completed', 9_000], ['rejected', 9_001]];
    assert.deepEqual(counted('daily_sales', twice), ['2026-01-05 EUR: 1 2530 0 0']);
    assert.equal(given(twice).took.order, 401);
  });

  it('is refused where its money is none', () => {
    const record = recordsOf('one', [['completed', 0]])[0];
    assert(record);
    const event = { type: 'OrderCompleted', data: { context: undefined, total: undefined } } as const;
    assert.throws(() => project(undefined, { ...record, event }), /currency code/);
  });
});

describe('the tables of analytics', () => {
  it('have the columns that are counted', async () => {
    const file = await readFile(join(import.meta.dirname, 'tables.sql'), 'utf8');
    const tables = [...file.matchAll(/create table (\w+) \(\n([\s\S]*?)\n\)/g)].map(([, name, body = '']) => {
      const columns = [...body.matchAll(/^ {2}(\w+) +(date|text|integer|bigint|numeric) /gm)];
      return [name, columns.map(([, column]) => column)];
    });
    const counted = Object.entries(sumTables).map(([name, { keys, sums }]) => [
      name,
      [...Object.keys(keys), ...sums],
    ]);
    assert.deepEqual(tables, counted);
  });
});
