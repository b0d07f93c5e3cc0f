import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { OrderlogError } from '../../platform/errors.ts';
import { createGrpcServer } from '../../platform/grpc/server.ts';
import { offer } from '../../platform/grpc/service.ts';
import { createLogger } from '../../platform/logging.ts';
import {
  CancelOrderResponse,
  OrderServiceService,
  PlaceOrderResponse,
} from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { runDemoLoad } from './demoLoad.ts';
import { demoOrder } from './demoOrder.ts';

describe('the demo load', () => {
  it('mixes tokens, goods, customers and modes, with some cancels', () => {
    const orders = Array.from({ length: 2_000 }, () => demoOrder(Math.random));
    const distinct = (of: (order: (typeof orders)[number]) => unknown) => new Set(orders.map(of)).size;
    assert.equal(
      distinct(({ request }) => request.paymentToken),
      5,
    );
    assert.equal(
      distinct(({ request }) => request.sagaMode),
      3,
    );
    assert.ok(distinct(({ request }) => request.customerId) > 5);
    assert.ok(distinct(({ request }) => request.lines[0]?.sku) >= 6);
    const cancelled = orders.filter(({ cancelAfterMs }) => cancelAfterMs !== undefined).length;
    assert.ok(cancelled > 20 && cancelled < 400, `${cancelled} cancelled`);
    const well = orders.filter(({ request }) => request.paymentToken === 'tok_ok').length;
    assert.ok(well > orders.length / 2, `${well} that go well`);
  });

  it('goes on through refusals, tells of them once, and ends with the signal', async () => {
    let placed = 0;
    const stopping = new AbortController();
    const double = offer(OrderServiceService, {
      async placeOrder() {
        placed += 1;
        if (placed === 5) stopping.abort();
        if (placed === 2 || placed === 3) throw new OrderlogError('UNAVAILABLE', 'AWAY', 'no database');
        return PlaceOrderResponse.fromPartial({ orderId: 'x' });
      },
      cancelOrder: async () => CancelOrderResponse.fromPartial({}),
    });
    const logger = createLogger({ service: 'test', level: 'silent' });
    const listen = { host: '127.0.0.1', port: 0 };
    const server = createGrpcServer({ logger, services: [double], listen, listenVariable: 'LISTEN' });
    const address = `127.0.0.1:${await server.start()}`;
    const told: string[] = [];
    await runDemoLoad({
      address,
      signal: stopping.signal,
      tell: (line) => told.push(line),
      random: () => 0.5,
    });
    await server.drain(200);
    assert.deepEqual(told, ['demo: orders are not taken now: no database', 'demo: orders are taken again']);
  });
});
