import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { OrderCancelled } from '../../proto/gen/orderlog/order/v1/events.ts';
import { CancellationReason, OrderStatus, RejectionReason } from '../../proto/gen/orderlog/order/v1/types.ts';
import { OrderView } from '../../proto/gen/orderlog/query/v1/query_service.ts';
import { SagaMode } from '../../proto/gen/orderlog/saga/v1/saga.ts';
import { fromDocument, toDocument } from './document.ts';
import { type OrderEvent, orderEvents } from './events.ts';
import { ordersIndex } from './mapping.ts';
import { project } from './project.ts';

const ORDER = '6a2f6c1e-58a7-5b0a-9d5c-3c1f4b8f9a10';
const DEADLINE = new Date('2026-01-05T10:15:00.000Z');
const euro = (units: bigint, nanos = 0) => ({ currencyCode: 'EUR', units, nanos });
const at = (version: number) => new Date(Date.UTC(2026, 0, 5, 10, 0, version));

const context = {
  orderId: ORDER,
  customerId: 'ada',
  mode: SagaMode.SAGA_MODE_CHOREOGRAPHY,
  sealedPaymentToken: { keyId: 'k1', nonce: Buffer.from('secretnonce!'), ciphertext: Buffer.from('sealed') },
  expectedTotal: undefined,
  deadline: DEADLINE,
};
const created: OrderEvent = {
  type: 'OrderCreated',
  data: { context, lines: [{ sku: 'SKU-COFFEE', quantity: 2 }] },
};
const coffee = {
  sku: 'SKU-COFFEE',
  name: 'Coffee beans',
  quantity: 2,
  unitPrice: euro(9n, 900_000_000),
  lineTotal: euro(19n, 800_000_000),
};
const reserved: OrderEvent = {
  type: 'OrderItemsReserved',
  data: { context, lines: [coffee], total: euro(19n, 800_000_000) },
};
const paid: OrderEvent = {
  type: 'OrderPaid',
  data: { context, paymentId: 'p-1', amount: euro(19n, 800_000_000) },
};
const completed: OrderEvent = { type: 'OrderCompleted', data: { context, total: euro(19n, 800_000_000) } };
const review: OrderEvent = {
  type: 'OrderNeedsReview',
  data: { context, paymentId: 'p-1', message: 'nobody knows' },
};
const ending = { context, reason: CancellationReason.CANCELLATION_REASON_CUSTOMER_REQUEST, message: 'no' };
const cancelling: OrderEvent = { type: 'OrderCancellationRequested', data: ending };
const cancelled: OrderEvent = { type: 'OrderCancelled', data: { ...ending, refunded: undefined } };

/** Folds events as the engine does: through the log's bytes, and through the stored document at each step. */
function given(...events: readonly (OrderEvent | string)[]): OrderView {
  let view: OrderView | undefined;
  events.forEach((event, index) => {
    const type = typeof event === 'string' ? event : orderEvents.fullName(event.type);
    const payload = typeof event === 'string' ? Buffer.from([8, 1]) : orderEvents.encode(event);
    const version = index + 1;
    view = project(view && fromDocument(JSON.parse(JSON.stringify(toDocument(view)))), {
      streamId: ORDER,
      version,
      eventId: `event-${version}`,
      time: at(version),
      type,
      event: orderEvents.decode(type, payload),
    });
  });
  assert(view);
  return view;
}

const S = OrderStatus;

describe('order projection', () => {
  it('shows a new order as it was asked for', () => {
    const view = given(created);
    assert.deepEqual(
      view,
      OrderView.fromPartial({
        orderId: ORDER,
        customerId: 'ada',
        status: S.ORDER_STATUS_PENDING,
        lines: [{ sku: 'SKU-COFFEE', quantity: 2 }],
        sagaMode: SagaMode.SAGA_MODE_CHOREOGRAPHY,
        timeline: [{ eventType: 'OrderCreated', createTime: at(1), version: 1, eventId: 'event-1' }],
        createTime: at(1),
        updateTime: at(1),
        deadline: DEADLINE,
        version: 1,
      }),
    );
  });

  it('shows names, prices and the total once reserved', () => {
    const view = given(created, reserved);
    assert.equal(view.status, S.ORDER_STATUS_RESERVED);
    assert.deepEqual(view.lines, [coffee]);
    assert.deepEqual(view.total, euro(19n, 800_000_000));
  });

  it('shows a completed order with all that happened, oldest first', () => {
    const view = given(created, reserved, paid, completed);
    assert.equal(view.status, S.ORDER_STATUS_COMPLETED);
    assert.equal(view.paymentId, 'p-1');
    assert.equal(view.version, 4);
    assert.deepEqual([view.createTime, view.updateTime], [at(1), at(4)]);
    assert.deepEqual(
      view.timeline.map(({ eventType, version }) => `${version} ${eventType}`),
      ['1 OrderCreated', '2 OrderItemsReserved', '3 OrderPaid', '4 OrderCompleted'],
    );
  });

  it('keeps a status that later news of another service must not undo', () => {
    assert.equal(given(created, paid).status, S.ORDER_STATUS_PAID);
    assert.equal(given(created, paid, reserved).status, S.ORDER_STATUS_PAID);
    assert.equal(given(created, cancelling, reserved).status, S.ORDER_STATUS_CANCELLING);
    assert.equal(given(created, cancelling, paid).status, S.ORDER_STATUS_CANCELLING);
  });

  it('tells why an order ended without a sale', () => {
    const reason = RejectionReason.REJECTION_REASON_OUT_OF_STOCK;
    const rejected = given(created, {
      type: 'OrderRejected',
      data: { context, reason, message: 'only 1 left' },
    });
    assert.equal(rejected.status, S.ORDER_STATUS_REJECTED);
    assert.deepEqual([rejected.rejectionReason, rejected.message], [reason, 'only 1 left']);

    const end = given(created, cancelling, cancelled);
    assert.equal(end.status, S.ORDER_STATUS_CANCELLED);
    assert.deepEqual([end.cancellationReason, end.message], [ending.reason, 'no']);
  });

  it('shows that a payment needs a review, until it is settled', () => {
    const view = given(created, reserved, review);
    assert.equal(view.status, S.ORDER_STATUS_NEEDS_REVIEW);
    assert.deepEqual([view.paymentId, view.message, view.version], ['p-1', 'nobody knows', 3]);
    assert.equal(view.timeline[2]?.eventType, 'OrderNeedsReview');
    const settled = given(created, reserved, review, paid);
    assert.deepEqual([settled.status, settled.message], [S.ORDER_STATUS_PAID, '']);
    assert.equal(given(created, review, reserved).status, S.ORDER_STATUS_NEEDS_REVIEW);
    for (const asked of [given(created, reserved, review, cancelling), given(created, cancelling, review)]) {
      assert.equal(asked.status, S.ORDER_STATUS_NEEDS_REVIEW);
      assert.deepEqual([asked.cancellationReason, asked.message], [ending.reason, 'nobody knows']);
    }
    const end = given(created, cancelling, review, cancelled);
    assert.deepEqual([end.status, end.message], [S.ORDER_STATUS_CANCELLED, 'no']);
  });

  it('keeps an end when money is asked back after it', () => {
    const view = given(created, reserved, paid, completed, cancelling);
    assert.equal(view.status, S.ORDER_STATUS_COMPLETED);
    assert.deepEqual([view.cancellationReason, view.message, view.version], [ending.reason, 'no', 5]);

    const reason = CancellationReason.CANCELLATION_REASON_CAPTURED_AFTER_END;
    const captured: OrderEvent = {
      type: 'OrderCancellationRequested',
      data: { context, reason, message: 'captured' },
    };
    const rejected: OrderEvent = { type: 'OrderRejected', data: { context, reason: 1, message: 'short' } };
    for (const [end, status, message] of [
      [rejected, S.ORDER_STATUS_REJECTED, 'short'],
      [cancelled, S.ORDER_STATUS_CANCELLED, 'no'],
    ] as const) {
      const after = given(created, end, captured);
      assert.deepEqual([after.status, after.message, after.version], [status, message, 3]);
      assert.notEqual(after.cancellationReason, reason);
      assert.equal(after.timeline[2]?.eventType, 'OrderCancellationRequested');
    }
  });

  it('shows a refund after completion', () => {
    const refund: OrderEvent = {
      type: 'OrderRefunded',
      data: { ...ending, paymentId: 'p-1', amount: euro(19n, 800_000_000) },
    };
    assert.equal(given(created, reserved, paid, completed, refund).status, S.ORDER_STATUS_REFUNDED);
  });

  it('counts events it does not know, and changes nothing else for them', () => {
    const view = given(created, 'orderlog.order.v1.OrderGiftWrapped');
    assert.equal(view.version, 2);
    assert.equal(view.status, S.ORDER_STATUS_PENDING);
    assert.equal(view.timeline[1]?.eventType, 'OrderGiftWrapped');
  });

  it('goes on after an enum number it does not know', () => {
    const data = OrderCancelled.fromPartial({ context, reason: 4711 as CancellationReason });
    const view = given(created, { type: 'OrderCancelled', data }, 'orderlog.order.v1.OrderGiftWrapped');
    assert.deepEqual([view.status, view.version], [S.ORDER_STATUS_CANCELLED, 3]);
  });

  it('never shows the sealed payment token', () => {
    const text = JSON.stringify(toDocument(given(created, reserved, paid, completed)));
    assert.doesNotMatch(text, /sealed|nonce|ciphertext|k1/i);
    assert(!text.includes(context.sealedPaymentToken.ciphertext.toString('base64')));
  });
});

describe('order document', () => {
  it('has the fields to search and sort by, and the view as protobuf JSON', () => {
    const { view, ...fields } = toDocument(given(created, reserved));
    assert.deepEqual(fields, {
      orderId: ORDER,
      customerId: 'ada',
      status: 'ORDER_STATUS_RESERVED',
      skus: ['SKU-COFFEE'],
      text: ['Coffee beans', 'SKU-COFFEE', 'ada'],
      totalMinor: '1980',
      currency: 'EUR',
      createTime: at(1).toISOString(),
      updateTime: at(2).toISOString(),
    });
    assert.deepEqual(view, OrderView.toJSON(given(created, reserved)));
  });

  it('has no field that the strict mapping lacks', () => {
    const fields = Object.keys(toDocument(given(created, reserved)));
    assert.deepEqual(
      fields.filter((field) => !(field in ordersIndex.properties)),
      [],
    );
  });

  it('keeps totals beyond 2^53 exact', () => {
    const total = euro(92_233_720_368_547_758n, 70_000_000);
    const view = given(created, { type: 'OrderItemsReserved', data: { context, lines: [coffee], total } });
    assert.equal(toDocument(view).totalMinor, '9223372036854775807');
    assert.deepEqual(fromDocument(JSON.parse(JSON.stringify(toDocument(view)))).total, total);
  });
});
