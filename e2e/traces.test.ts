/** One trace from PlaceOrder to the indexed document, as a collector gets it from all processes. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { before, describe, it } from 'mocha';
import { SagaMode } from '../proto/gen/orderlog/saga/v1/saga.ts';
import type { ReceivedSpan } from './support/collector.ts';
import { ended, orderOf } from './support/orders.ts';
import { type System, system } from './support/system.ts';

const newTraceparent = (): string =>
  `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;

const SERVER = 2;
const CONSUMER = 5;

describe('a trace', function () {
  this.timeout(300_000);
  let it_: System;
  before(async () => {
    it_ = await system();
  });

  const traced = (traceparent: string): readonly ReceivedSpan[] =>
    it_.traces().filter(({ traceId }) => traceId === traceparent.slice(3, 35));

  /** `order/commit ORDERS`: where it was done, and what. */
  const nameOf = ({ service, name }: ReceivedSpan): string => `${service.replace('orderlog-', '')}/${name}`;

  /** From the first span of the trace here to this one. */
  function wayTo(spans: readonly ReceivedSpan[], last: ReceivedSpan): string[] {
    const parent = spans.find(({ spanId }) => spanId === last.parentId);
    return [...(parent ? wayTo(spans, parent) : []), nameOf(last)];
  }

  /** The ways to all spans, once those that are expected have come. */
  async function ways(traceparent: string, expected: readonly (readonly string[])[]): Promise<void> {
    await it_.until(async () => {
      const spans = traced(traceparent);
      const found = spans.map((span) => wayTo(spans, span).join(' > '));
      const missing = expected.map((way) => way.join(' > ')).filter((way) => !found.includes(way));
      assert.deepEqual(missing, [], `of ${found.sort().join('\n')}`);
    });
  }

  const place = (traceparent: string, sagaMode: SagaMode) =>
    it_.orders.placeOrder(orderOf({ sagaMode }), { traceparent, timeoutMs: 60_000 });

  const PLACED = ['order/orderlog.order.v1.OrderService/PlaceOrder', 'order/commit ORDERS'];

  it('goes from PlaceOrder to the indexed document, through every service', async () => {
    const traceparent = newTraceparent();
    const { orderId } = await place(traceparent, SagaMode.SAGA_MODE_CHOREOGRAPHY);
    await ended(it_.orders, orderId);
    const reserved = [...PLACED, 'catalog/process ORDERS'];
    const charged = [...reserved, 'payment/process CATALOG', 'payment/call charge'];
    const completed = [...charged, 'order/process PAYMENTS'];
    await ways(traceparent, [
      [...PLACED, 'order/publish ORDERS'],
      [...PLACED, 'projector/index ORDERS'],
      [...reserved, 'catalog/publish CATALOG'],
      [...charged, 'payment/publish PAYMENTS'],
      [...completed, 'order/publish ORDERS'],
      [...completed, 'projector/index ORDERS'],
      [...completed, 'catalog/process ORDERS'],
    ]);
    const spans = traced(traceparent);
    const first = spans.find(({ kind }) => kind === SERVER);
    assert.equal(first?.parentId, traceparent.slice(36, 52), "the caller's span is its parent");
    assert.equal(first.attributes.get('rpc.method'), 'PlaceOrder');
    assert.equal(new Set(spans.map(({ spanId }) => spanId)).size, spans.length);
  });

  it('has beside it the batches in which its events were published, handled and indexed', async () => {
    const traceparent = newTraceparent();
    await ended(it_.orders, (await place(traceparent, SagaMode.SAGA_MODE_CHOREOGRAPHY)).orderId);
    const traceId = traceparent.slice(3, 35);
    const wanted = [
      'catalog/process batch ORDERS',
      'order/flush',
      'order/publish batch ORDERS',
      'projector/index batch ORDERS',
    ];
    await it_.until(async () => {
      const batches = it_.traces().filter(({ links }) => links.some((link) => link.traceId === traceId));
      const beside = batches.filter((batch) => batch.traceId !== traceId);
      const names = new Set(beside.map(nameOf));
      assert.deepEqual(
        wanted.filter((name) => !names.has(name)),
        [],
      );
      // And back: each step points at the batch that it was in.
      const handled = traced(traceparent).filter(({ kind }) => kind === CONSUMER);
      assert.ok(handled.length > 0);
      for (const span of handled) {
        const batch = beside.find(({ spanId }) => spanId === span.links[0]?.spanId);
        assert.ok(batch, `${nameOf(span)} points at no batch`);
      }
    });
  });

  it('of a direct saga goes through the calls, on both sides of the wire', async () => {
    const traceparent = newTraceparent();
    await ended(it_.orders, (await place(traceparent, SagaMode.SAGA_MODE_DIRECT)).orderId);
    const rpc = (service: string, method: string) => `orderlog.${service}.v1.${method}`;
    await it_.until(async () => {
      const spans = traced(traceparent);
      const found = spans.map((span) => wayTo(spans, span).join(' > '));
      for (const [service, method] of [
        ['catalog', 'CatalogService/ReserveItems'],
        ['payment', 'PaymentService/Charge'],
      ] as const) {
        const call = `order/${rpc(service, method)} > ${service}/${rpc(service, method)}`;
        assert.ok(
          found.some((way) => way.startsWith(PLACED.join(' > ')) && way.endsWith(call)),
          `no ${call} in\n${found.join('\n')}`,
        );
      }
    });
  });

  it('over REST begins with the request', async () => {
    const traceparent = newTraceparent();
    const response = await fetch(`http://${it_.addresses.http}/v1/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': orderOf().requestId, traceparent },
      body: JSON.stringify({
        customerId: 'ada',
        lines: [{ sku: 'SKU-COFFEE', quantity: 1 }],
        paymentToken: 'tok_ok',
      }),
    });
    assert.equal(response.status, 202);
    const rpc = 'orderlog.order.v1.OrderService/PlaceOrder';
    const way = ['gateway/POST /v1/orders', `gateway/${rpc}`, `order/${rpc}`, 'order/commit ORDERS'];
    await ways(traceparent, [[...way, 'projector/index ORDERS']]);
  });

  it('that nobody records leaves nothing in events, tasks or the log', async () => {
    const { orderId } = await it_.orders.placeOrder(orderOf(), {
      traceparent: newTraceparent().replace(/01$/, '00'),
    });
    await ended(it_.orders, orderId);
    const entries = await it_.eventTraceparents(orderId);
    assert.ok(entries.length > 0);
    assert.deepEqual([...new Set(entries)], [null]);
  });
});
