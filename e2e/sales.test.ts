/** What was sold and how the saga did, over gRPC and REST, while the projector is killed. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, describe, it } from 'mocha';
import { CancellationReason, OrderStatus, RejectionReason } from '../proto/gen/orderlog/order/v1/types.ts';
import { GetSalesSummaryRequest, ReadSource } from '../proto/gen/orderlog/query/v1/query_service.ts';
import { ended, orderOf, placeUntilAccepted, untilAccepted } from './support/orders.ts';
import { type System, system as sharedSystem } from './support/system.ts';

const PRICE_CENTS = 1_250;
const DAY_MS = 86_400_000;

describe('the summary of sales', function () {
  this.timeout(180_000);
  let system: System;
  before(async () => {
    system = await sharedSystem();
  });

  const summary = (asked: Partial<GetSalesSummaryRequest> = {}) =>
    untilAccepted(() => system.query.getSalesSummary(GetSalesSummaryRequest.fromPartial(asked)));
  const place = async (sku: string, quantity: number, paymentToken = 'tok_ok') => {
    const lines = [{ sku, quantity }];
    const placed = await placeUntilAccepted(system.orders, orderOf({ lines, paymentToken }));
    return ended(system.orders, placed.orderId);
  };
  const refund = async (orderId: string) => {
    await system.orders.cancelOrder({ requestId: randomUUID(), orderId, message: 'changed my mind' });
    await system.until(async () => {
      const { order } = await system.orders.getOrder({ orderId });
      assert.equal(order?.status, OrderStatus.ORDER_STATUS_REFUNDED);
    });
  };
  const salesOf = async (sku: string) => (await summary()).skuSales.find((each) => each.sku === sku);

  it('counts every sale once, less what was given back, though the projector was killed', async () => {
    const sku = await system.newItem({ onHand: 1_000n, priceCents: PRICE_CENTS });
    const placing = Array.from({ length: 40 }, () => place(sku, 2));
    await Promise.all([...placing.slice(0, 10), system.kill('projector')]);
    const orders = await Promise.all(placing);
    await refund(orders[0]?.orderId ?? '');
    await system.until(async () => {
      const sold = await salesOf(sku);
      assert.deepEqual(
        [sold?.name, sold?.quantity, sold?.revenue],
        [`Test item ${sku}`, 78n, { currencyCode: 'EUR', units: 975n, nanos: 0 }],
      );
    });
  });

  it('has a write whose token it is given', async () => {
    const placedOf = ({ funnelSteps }: Awaited<ReturnType<typeof summary>>) => funnelSteps[0]?.orders ?? 0n;
    const before = placedOf(await summary());
    const { consistencyToken } = await placeUntilAccepted(system.orders, orderOf());
    const after = await summary({ consistencyToken });
    assert.ok(placedOf(after) > before);
    assert.equal(after.readState?.source, ReadSource.READ_SOURCE_PROJECTION);
    assert.ok(after.readState.logSequence > 0n);
  });

  it('tells how far orders came, why they ended, and how long their steps took', async () => {
    const sku = await system.newItem({ onHand: 2n });
    const before = await summary();
    await place(sku, 1);
    await place(sku, 5);
    await place(sku, 1, 'tok_declined');
    const endings = (all: typeof before, status: OrderStatus, reason: number) =>
      all.endings.find(
        (each) => each.status === status && reason === (each.rejectionReason || each.cancellationReason),
      )?.orders ?? 0n;
    const S = OrderStatus;
    await system.until(async () => {
      const after = await summary();
      const grew = after.funnelSteps.map(({ step, orders }, at) => [
        step,
        orders - (before.funnelSteps[at]?.orders ?? 0n) > 0n,
      ]);
      assert.deepEqual(
        grew.filter(([, hasGrown]) => hasGrown).map(([step]) => step),
        ['placed', 'reserved', 'paid', 'completed', 'rejected', 'cancelled'],
      );
      for (const [status, reason] of [
        [S.ORDER_STATUS_REJECTED, RejectionReason.REJECTION_REASON_OUT_OF_STOCK],
        [S.ORDER_STATUS_CANCELLED, CancellationReason.CANCELLATION_REASON_PAYMENT_DECLINED],
      ] as const) {
        assert.ok(endings(after, status, reason) > endings(before, status, reason));
      }
      assert.deepEqual(
        after.stepLatencies.filter(({ step }) => ['reserve', 'charge', 'order'].includes(step)).length,
        3,
      );
    });
  });

  it('answers the same over REST, and says what is wrong with a period', async () => {
    const now = new Date();
    // At midnight nothing has been sold today.
    const [yesterday, today] = [new Date(now.getTime() - DAY_MS), now].map((time) =>
      time.toISOString().slice(0, 10),
    );
    const url = `http://${system.addresses.http}/v1/sales`;
    const parameters = `start_time=${yesterday}T00:00:00Z&end_time=${now.toISOString()}&currency_code=EUR`;
    const answer = await fetch(`${url}?${parameters}`);
    const body = (await answer.json()) as {
      firstDate: string;
      lastDate: string;
      totals: { revenue: object }[];
    };
    assert.deepEqual([answer.status, body.firstDate, body.lastDate], [200, yesterday, today]);
    assert.equal(body.totals.length, 1);

    const problemOf = async (query: string) => {
      const refused = await fetch(`${url}?${query}`);
      const { violations } = (await refused.json()) as {
        violations: { field: string; description: string }[];
      };
      return [refused.status, ...violations.map((each) => `${each.field} ${each.description}`)].join(' ');
    };
    const cases: readonly [query: string, problem: RegExp][] = [
      ['start_time=2020-01-01T00:00:00Z', /^400 start_time must be at most 400 days before end_time/],
      [
        'start_time=2026-02-01T00:00:00Z&end_time=2026-01-01T00:00:00Z',
        /^400 start_time must be before end_time/,
      ],
      ['start_time=yesterday', /^400 start_time /],
      ['currency_code=euro', /^400 currency_code /],
      ['consistency_token=nonsense', /^400 consistency.token /i],
      ['since=2026-01-01', /^400 since is not a parameter/],
    ];
    for (const [query, problem] of cases) assert.match(await problemOf(query), problem, query);
  });
});
