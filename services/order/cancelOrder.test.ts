import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'mocha';
import { freshDatabase } from '../../cli/servers/testing.ts';
import { readToken } from '../../platform/consistencyToken.ts';
import { OrderlogError } from '../../platform/errors.ts';
import { derivedId } from '../../platform/ids.ts';
import type { CancelOrderRequest } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { CancellationReason, OrderStatus } from '../../proto/gen/orderlog/order/v1/types.ts';
import type { OrderCommand } from './domain/commands.ts';
import {
  noteItemsReserved,
  notePaymentNeedsReview,
  notePaymentProcessed,
  notePaymentRefunded,
  notePaymentVoided,
  noteReserveFailed,
} from './domain/samples.testing.ts';
import { CONSISTENCY_KEY, type OrderBed, placeOrderRequest, startOrderBed } from './orderBed.testing.ts';

const S = OrderStatus;
const cause = { stream: 'PAYMENTS', eventId: derivedId('a cause') };

describe('CancelOrder', () => {
  let drop: () => Promise<void>;
  let bed: OrderBed;
  before(async function () {
    this.timeout(120_000);
    const database = await freshDatabase('order');
    drop = database.drop;
    bed = await startOrderBed(database.url);
  });
  beforeEach(() => {
    bed.overload = undefined;
  });
  after(async () => {
    await bed.stop();
    await drop();
  });

  const orderAfter = async (...news: Exclude<OrderCommand, { type: 'PlaceOrder' }>[]) => {
    const { orderId } = await bed.client.placeOrder(placeOrderRequest());
    for (const command of news) await bed.note({ ...command, orderId }, cause);
    return orderId;
  };
  const cancelRequest = (orderId: string, more: Partial<CancelOrderRequest> = {}): CancelOrderRequest => ({
    requestId: randomUUID(),
    orderId,
    message: 'changed my mind',
    ...more,
  });
  const orderOf = async (orderId: string) => (await bed.client.getOrder({ orderId })).order;

  it('is recorded, and answers where the order stands with a token to read it', async () => {
    const orderId = await orderAfter(noteItemsReserved);
    const { status, consistencyToken, ...answer } = await bed.client.cancelOrder(cancelRequest(orderId));
    assert.deepEqual(answer, { orderId });
    assert.equal(status, S.ORDER_STATUS_CANCELLING);
    assert.equal(readToken(CONSISTENCY_KEY, consistencyToken).version, 3);
    const order = await orderOf(orderId);
    assert.equal(order?.status, S.ORDER_STATUS_CANCELLING);
    assert.equal(order?.cancellationReason, CancellationReason.CANCELLATION_REASON_CUSTOMER_REQUEST);
    assert.equal(order?.message, 'changed my mind');

    await bed.note({ ...notePaymentVoided, orderId }, cause);
    assert.equal((await orderOf(orderId))?.status, S.ORDER_STATUS_CANCELLED);
  });

  it('leaves a completed order completed until its money is back, and says why meanwhile', async () => {
    const orderId = await orderAfter(noteItemsReserved, notePaymentProcessed);
    const { status } = await bed.client.cancelOrder(cancelRequest(orderId));
    assert.equal(status, S.ORDER_STATUS_COMPLETED);
    const order = await orderOf(orderId);
    assert.deepEqual([order?.status, order?.message], [S.ORDER_STATUS_COMPLETED, 'changed my mind']);
    await bed.note({ ...notePaymentRefunded, orderId }, cause);
    assert.equal((await orderOf(orderId))?.status, S.ORDER_STATUS_REFUNDED);
  });

  it('leaves an order in review that cannot end before that, whichever came first', async () => {
    const asked = await orderAfter(noteItemsReserved);
    await bed.client.cancelOrder(cancelRequest(asked));
    await bed.note({ ...notePaymentNeedsReview, orderId: asked }, cause);
    const reviewed = await orderAfter(noteItemsReserved, notePaymentNeedsReview);
    const { status } = await bed.client.cancelOrder(cancelRequest(reviewed));
    assert.equal(status, S.ORDER_STATUS_NEEDS_REVIEW);
    for (const orderId of [asked, reviewed]) {
      const order = await orderOf(orderId);
      assert.equal(order?.status, S.ORDER_STATUS_NEEDS_REVIEW);
      assert.equal(order?.cancellationReason, CancellationReason.CANCELLATION_REASON_CUSTOMER_REQUEST);
      assert.equal(order?.message, notePaymentNeedsReview.message);
      await bed.note({ ...notePaymentVoided, orderId }, cause);
      const ended = await orderOf(orderId);
      assert.deepEqual([ended?.status, ended?.message], [S.ORDER_STATUS_CANCELLED, 'changed my mind']);
    }
  });

  it('is answered the same when it is repeated, and counts once under another request_id', async () => {
    const orderId = await orderAfter();
    const request = cancelRequest(orderId);
    const answers = await Promise.all(Array.from({ length: 20 }, () => bed.client.cancelOrder(request)));
    await bed.note({ ...notePaymentVoided, orderId }, cause);
    answers.push(await bed.client.cancelOrder({ ...request, orderId }));
    assert.equal(new Set(answers.map(({ consistencyToken }) => consistencyToken)).size, 1);
    assert.equal((await orderOf(orderId))?.version, 3);

    const other = await orderAfter();
    for (const message of ['first', 'second']) {
      const { status } = await bed.client.cancelOrder(cancelRequest(other, { message }));
      assert.equal(status, S.ORDER_STATUS_CANCELLING);
    }
    const { version, message } = (await orderOf(other)) ?? {};
    assert.deepEqual([version, message], [2, 'first']);
  });

  it('is refused where the order has ended without a sale, again for a repeat', async () => {
    const orderId = await orderAfter(noteReserveFailed);
    const request = cancelRequest(orderId);
    for (let repeat = 0; repeat < 2; repeat++) {
      await assert.rejects(bed.client.cancelOrder(request), {
        code: 'FAILED_PRECONDITION',
        reason: 'ORDER_REJECTED',
        message: `order ${orderId} is rejected already: it cannot be cancelled`,
      });
    }
  });

  it('says NOT_FOUND for an order that nobody placed', async () => {
    const orderId = randomUUID();
    const expected = {
      code: 'NOT_FOUND',
      reason: 'ORDER_NOT_FOUND',
      message: `there is no order ${orderId}`,
    };
    await assert.rejects(bed.client.cancelOrder(cancelRequest(orderId)), expected);
  });

  it('is taken while new orders are shed: it drains the system', async () => {
    const orderId = await orderAfter();
    bed.overload = new OrderlogError('RESOURCE_EXHAUSTED', 'LOG_BACKLOG', 'full', { retryAfterMs: 700 });
    await assert.rejects(bed.client.placeOrder(placeOrderRequest()), { code: 'RESOURCE_EXHAUSTED' });
    const { status } = await bed.client.cancelOrder(cancelRequest(orderId));
    assert.equal(status, S.ORDER_STATUS_CANCELLING);
  });

  const wrong: [string, Partial<CancelOrderRequest>, string][] = [
    ['no request_id', { requestId: '' }, 'request_id'],
    ['an order_id that is no UUID', { orderId: 'x' }, 'order_id'],
    ['a long message', { message: 'x'.repeat(501) }, 'message'],
    ['a card number in the message', { message: 'my card 4111 1111 1111 1111 is lost' }, 'message'],
  ];
  for (const [what, more, field] of wrong) {
    it(`refuses ${what}, and names ${field}`, async () => {
      const request = cancelRequest(randomUUID(), more);
      await assert.rejects(bed.client.cancelOrder(request), ({ code, violations }: OrderlogError) => {
        assert.equal(code, 'INVALID_ARGUMENT');
        assert.deepEqual(
          violations.map((violation) => violation.field),
          [field],
        );
        return true;
      });
    });
  }
});
