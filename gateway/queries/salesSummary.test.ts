import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'mocha';
import { ANYBODY } from '../../platform/access/caller.ts';
import { issueToken } from '../../platform/consistencyToken.ts';
import { openDatabase } from '../../platform/database.ts';
import { bucketOf } from '../../platform/histogram.ts';
import { CancellationReason, OrderStatus, RejectionReason } from '../../proto/gen/orderlog/order/v1/types.ts';
import { GetSalesSummaryRequest } from '../../proto/gen/orderlog/query/v1/query_service.ts';
import { openSalesModel, type SalesModel } from './salesModel.ts';
import { noSalesQueries, salesQueries } from './salesSummary.ts';
import { type DayRow, MAX_DAY_ROWS, nothingCounted, type SalesRows } from './salesTables.ts';

const key = new Uint8Array(32).fill(7);
const call = (timeoutMs: number) => ({
  deadline: new Date(Date.now() + timeoutMs),
  signal: new AbortController().signal,
  traceparent: '',
  ...ANYBODY,
});
const request = (fields: Partial<GetSalesSummaryRequest> = {}) => GetSalesSummaryRequest.fromPartial(fields);

/** Analytics that hold these rows, and every order at version 1. */
const holding = (rows: Partial<SalesRows>): SalesModel => ({
  read: async () => ({ version: 1 }),
  progress: async () => 7,
  sales: async () => ({ ...nothingCounted, ...rows }),
  checkpoint: async () => undefined,
});
const summaryOf = (rows: Partial<SalesRows>) =>
  salesQueries(holding(rows), key).getSalesSummary(request(), call(1_000));

const day = (fields: Partial<DayRow>): DayRow => ({
  day: '2026-01-05',
  currency: 'EUR',
  completedOrders: 2n,
  completedMinor: 2_530n,
  refundedOrders: 0n,
  refundedMinor: 0n,
  ...fields,
});

describe('a summary of sales', () => {
  it('adds up days by currency, and takes what was given back off the revenue', async () => {
    const { totals, dailySales } = await summaryOf({
      days: [
        day({}),
        day({ currency: 'JPY', completedMinor: 500n }),
        day({
          day: '2026-01-06',
          completedOrders: 0n,
          completedMinor: 0n,
          refundedOrders: 1n,
          refundedMinor: 1_000n,
        }),
      ],
    });
    assert.deepEqual(totals, [
      {
        completedOrders: 2n,
        revenue: { currencyCode: 'EUR', units: 15n, nanos: 300_000_000 },
        refundedOrders: 1n,
        refunded: { currencyCode: 'EUR', units: 10n, nanos: 0 },
      },
      {
        completedOrders: 2n,
        revenue: { currencyCode: 'JPY', units: 500n, nanos: 0 },
        refundedOrders: 0n,
        refunded: { currencyCode: 'JPY', units: 0n, nanos: 0 },
      },
    ]);
    assert.deepEqual(dailySales[2]?.revenue, { currencyCode: 'EUR', units: -10n, nanos: 0 });
  });

  it('names the reason by its kind, the most frequent first', async () => {
    const S = OrderStatus;
    const { endings } = await summaryOf({
      endings: [
        { status: S.ORDER_STATUS_CANCELLED, reason: 2, orders: 1n },
        { status: S.ORDER_STATUS_REJECTED, reason: 1, orders: 4n },
      ],
    });
    assert.deepEqual(endings, [
      {
        status: S.ORDER_STATUS_REJECTED,
        rejectionReason: RejectionReason.REJECTION_REASON_OUT_OF_STOCK,
        cancellationReason: CancellationReason.CANCELLATION_REASON_UNSPECIFIED,
        orders: 4n,
      },
      {
        status: S.ORDER_STATUS_CANCELLED,
        rejectionReason: RejectionReason.REJECTION_REASON_UNSPECIFIED,
        cancellationReason: CancellationReason.CANCELLATION_REASON_CUSTOMER_REQUEST,
        orders: 1n,
      },
    ]);
  });

  it('tells percentiles of the steps that were taken', async () => {
    const buckets = [
      { bucket: bucketOf(100), count: 90n },
      { bucket: bucketOf(2_000), count: 10n },
    ];
    const { stepLatencies } = await summaryOf({ times: new Map([['reserve', buckets]]) });
    assert.deepEqual(
      stepLatencies.map(({ step, orders }) => [step, orders]),
      [['reserve', 100n]],
    );
    const [{ p50, p99 } = {}] = stepLatencies;
    assert.ok(Math.abs((p50?.nanos ?? 0) / 1e6 - 100) <= 3 && p50?.seconds === 0n);
    assert.ok(Math.abs(Number(p99?.seconds) * 1_000 + (p99?.nanos ?? 0) / 1e6 - 2_000) <= 41);
  });

  it('asks for a currency where there are more rows than an answer should have', async () => {
    const days = Array.from({ length: MAX_DAY_ROWS + 1 }, () => day({}));
    await assert.rejects(summaryOf({ days }), /currency_code must be given/);
  });

  it('says how far it is when the deadline comes before the write of the token', async () => {
    const orderId = randomUUID();
    const consistencyToken = issueToken(key, { stream: 'ORDERS', aggregateId: orderId, version: 3 });
    const asked = salesQueries(holding({}), key).getSalesSummary(request({ consistencyToken }), call(300));
    await assert.rejects(asked, {
      reason: 'READ_MODEL_BEHIND',
      message: /has version 1 of order .* it is at sequence 7/,
    });
  });

  it('is UNAVAILABLE while the database is away', async () => {
    const url = 'postgres://nobody:secret@127.0.0.1:1/analytics';
    const db = openDatabase({ url, applicationName: 'test', maxConnections: 1 });
    const asked = salesQueries(openSalesModel(db), key).getSalesSummary(request(), call(5_000));
    await assert.rejects(asked, { code: 'UNAVAILABLE', reason: 'ANALYTICS_UNAVAILABLE' });
    await db.destroy();
  });

  it('is UNIMPLEMENTED where no analytics run, and names the setting', async () => {
    await assert.rejects(noSalesQueries.getSalesSummary(request(), call(1_000)), {
      code: 'UNIMPLEMENTED',
      message: /ORDERLOG_READS=projection/,
    });
  });
});
