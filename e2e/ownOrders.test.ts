/**
 * Orders belong to their customers: who has the scope for his own alone is answered about another's as about one that was never
 * placed, whatever he asks and however, in the very same words.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { ownFolder } from '../cli/servers/testing.ts';
import { OrderlogError } from '../platform/errors.ts';
import { createClient, type GrpcClient } from '../platform/grpc/client.ts';
import { OrderServiceService } from '../proto/gen/orderlog/order/v1/order_service.ts';
import { OrderStatus } from '../proto/gen/orderlog/order/v1/types.ts';
import {
  OrderQueryServiceService,
  SearchOrdersRequest,
} from '../proto/gen/orderlog/query/v1/query_service.ts';
import { SagaMode } from '../proto/gen/orderlog/saga/v1/saga.ts';
import { type Authenticated, startAuthenticated } from './support/authenticated.ts';
import { ended, orderOf } from './support/orders.ts';
import { type System, system as sharedSystem } from './support/system.ts';

interface Person {
  readonly orders: GrpcClient<typeof OrderServiceService>;
  readonly query: GrpcClient<typeof OrderQueryServiceService>;
  rest(path: string, init?: RequestInit): Promise<{ readonly status: number; readonly body: string }>;
}

/** Nobody's. */
const ADA = `ada-${randomUUID()}`;
const EVE = `eve-${randomUUID()}`;

describe('orders of a customer', function () {
  this.timeout(180_000);
  let system: System;
  let served: Authenticated;
  let ada: Person;
  let eve: Person;
  let support: Person;
  /** Of Ada. */
  let orderId: string;
  let consistencyToken: string;
  const closings: (() => void)[] = [];

  function person(token: string): Person {
    const options = { token: () => token };
    const orders = createClient(OrderServiceService, served.addresses.order, options);
    const query = createClient(OrderQueryServiceService, served.addresses.gateway, options);
    closings.push(orders.close, query.close);
    return {
      orders,
      query,
      async rest(path, init = {}) {
        const headers = { ...init.headers, authorization: `Bearer ${token}` };
        const response = await fetch(`http://${served.addresses.http}${path}`, { ...init, headers });
        return { status: response.status, body: await response.text() };
      },
    };
  }

  before(async () => {
    system = await sharedSystem();
    served = await startAuthenticated(system);
    ada = person(await served.tokenFor('customer', ADA));
    eve = person(await served.tokenFor('customer', EVE));
    support = person(await served.tokenFor('support'));
    const placed = await ada.orders.placeOrder(orderOf({ customerId: ADA }));
    ({ orderId, consistencyToken } = placed);
    assert.equal((await ended(ada.orders, orderId)).status, OrderStatus.ORDER_STATUS_COMPLETED);
  });
  after(async () => {
    for (const close of closings) close();
    await served?.stop();
  });

  const first = async (stream: AsyncIterable<unknown>) => {
    for await (const each of stream) return each;
    return undefined;
  };
  const requestId = randomUUID();
  const json = { 'content-type': 'application/json', 'idempotency-key': requestId };
  /** What one may ask of an order by its id; a later question repeats an earlier one's key with another body. */
  const questions: Readonly<Record<string, (by: Person, id: string) => Promise<unknown>>> = {
    'Order: GetOrder': ({ orders }, id) => orders.getOrder({ orderId: id }),
    'Order: GetOrder of a version': ({ orders }, id) => orders.getOrder({ orderId: id, atVersion: 1 }),
    'Order: GetOrder beyond its end': ({ orders }, id) => orders.getOrder({ orderId: id, atVersion: 999 }),
    'Order: GetOrder of a time': ({ orders }, id) => orders.getOrder({ orderId: id, atTime: new Date(0) }),
    GetOrderHistory: ({ orders }, id) => orders.getOrderHistory({ orderId: id, pageSize: 0, pageToken: '' }),
    ExplainOrder: ({ orders }, id) => orders.explainOrder({ orderId: id }),
    CancelOrder: ({ orders }, id) => orders.cancelOrder({ requestId, orderId: id, message: '' }),
    'CancelOrder again, otherwise': ({ orders }, id) =>
      orders.cancelOrder({ requestId, orderId: id, message: 'otherwise' }),
    GetOrder: ({ query }, id) => query.getOrder({ orderId: id, consistencyToken: '' }),
    'GetOrder with the token of its write': ({ query }, id) =>
      query.getOrder({ orderId: id, consistencyToken }),
    'GetOrder of a version': ({ query }, id) =>
      query.getOrder({ orderId: id, consistencyToken: '', atVersion: 1 }),
    WatchOrder: ({ query }, id) => first(query.watchOrder({ orderId: id, afterVersion: 0 })),
    'WatchOrder beyond its end': ({ query }, id) =>
      first(query.watchOrder({ orderId: id, afterVersion: 999 })),
    'GET /v1/orders/{id}': ({ rest }, id) => rest(`/v1/orders/${id}`),
    'GET /v1/orders/{id}/history': ({ rest }, id) => rest(`/v1/orders/${id}/history`),
    'GET /v1/orders/{id}/explanation': ({ rest }, id) => rest(`/v1/orders/${id}/explanation`),
    'GET /v1/orders/{id}/events': ({ rest }, id) => rest(`/v1/orders/${id}/events`),
    'POST /v1/orders/{id}/cancel': ({ rest }, id) =>
      rest(`/v1/orders/${id}/cancel`, { method: 'POST', headers: json, body: '{}' }),
  };

  /** All that an answer tells, with the id left out. */
  async function told(ask: Promise<unknown>, id: string): Promise<string> {
    const answer = await ask.catch((error: unknown) => {
      assert.ok(error instanceof OrderlogError, String(error));
      const { code, reason, message, violations, retryAfterMs } = error;
      return { code, reason, message, violations, retryAfterMs };
    });
    const text = JSON.stringify(answer, (_key, value) => (typeof value === 'bigint' ? String(value) : value));
    return id === '' ? text : text.replaceAll(id, '<id>');
  }

  for (const [what, ask] of Object.entries(questions)) {
    it(`${what}: another's is as one that is not there`, async () => {
      const nowhere = randomUUID();
      const ofAnother = await told(ask(eve, orderId), orderId);
      assert.equal(ofAnother, await told(ask(eve, nowhere), nowhere));
      assert.match(ofAnother, /"code":"NOT_FOUND"|"status":404/);
      const upper = await told(ask(eve, orderId.toUpperCase()), orderId);
      assert.equal(upper.replaceAll(orderId.toUpperCase(), '<id>'), ofAnother);
    });
  }

  it('are reached from the command line by the token of the environment, or of its file', async () => {
    const show = (env: NodeJS.ProcessEnv) =>
      orderlog(served.portBase, ['order', 'show', orderId, '--json'], env);
    const nobody = await show({});
    assert.equal(nobody.code, 1, nobody.stdout);
    assert.match(nobody.stderr, /no token was sent/);
    const shown = await show({ ORDERLOG_TOKEN: await served.tokenFor('customer', ADA) });
    assert.equal(JSON.parse(shown.stdout).customerId, ADA, shown.stderr);
    const file = join(ownFolder('tokens'), 'eve');
    const token = await served.tokenFor('customer', EVE);
    writeFileSync(file, `${token}\n`);
    const another = await show({ ORDERLOG_TOKEN_FILE: file });
    assert.equal(another.code, 1, another.stdout);
    assert.match(another.stderr, new RegExp(orderId));
    assert.ok(!another.stderr.includes(token));
  });

  it('are found and listed for themselves and for support, and for nobody else', async () => {
    const lists: Readonly<Record<string, (by: Person, customerId: string) => Promise<unknown>>> = {
      ListOrders: async ({ orders }, customerId) => {
        const rest = { statuses: [], createdAfter: undefined, createdBefore: undefined, oldestFirst: false };
        return orders.listOrders({ customerId, ...rest, pageSize: 0, pageToken: '' });
      },
      SearchOrders: ({ query }, customerId) =>
        query.searchOrders(SearchOrdersRequest.fromPartial({ customerId, consistencyToken })),
      'SearchOrders by text': ({ query }, customerId) =>
        query.searchOrders(SearchOrdersRequest.fromPartial({ query: customerId || ADA })),
      ListCustomerOrders: ({ query }, customerId) =>
        query.listCustomerOrders({
          customerId: customerId || ADA,
          pageSize: 0,
          pageToken: '',
          consistencyToken: '',
        }),
      'GET /v1/orders': ({ rest }, customerId) => rest(`/v1/orders?customer_id=${customerId}`),
    };
    for (const [what, ask] of Object.entries(lists)) {
      assert.match(await told(ask(ada, ADA), ''), new RegExp(orderId), what);
      assert.match(await told(ask(ada, ''), ''), new RegExp(orderId), what);
      assert.match(await told(ask(support, ADA), ''), new RegExp(orderId), what);
      const nobody = `nobody-${randomUUID()}`;
      const withoutReadState = (text: string) => text.replace(/"?(log_?[sS]equence)\\?":\\?"\d+/g, '');
      for (const customerId of [ADA, '']) {
        const ofAnother = withoutReadState(await told(ask(eve, customerId), ADA));
        assert.ok(!ofAnother.includes(orderId), what);
        assert.equal(ofAnother, withoutReadState(await told(ask(eve, nobody), nobody)), what);
      }
    }
  });

  it('are placed by themselves, and for others by who may', async () => {
    const refused = orderOf({ customerId: ADA });
    await assert.rejects(eve.orders.placeOrder(refused), (error: OrderlogError) => {
      assert.deepEqual([error.code, error.reason], ['PERMISSION_DENIED', 'CUSTOMER_NOT_CALLER']);
      assert.deepEqual(
        error.violations.map(({ field }) => field),
        ['customer_id'],
      );
      return true;
    });
    const placed = await support.orders.placeOrder(
      orderOf({ customerId: EVE, paymentToken: 'tok_declined' }),
    );
    assert.equal((await eve.orders.getOrder({ orderId: placed.orderId })).order?.customerId, EVE);
  });

  it('of two customers do not meet in one request_id', async () => {
    const shared = randomUUID();
    const [one, other] = await Promise.all([
      ada.orders.placeOrder(orderOf({ requestId: shared, customerId: ADA })),
      eve.orders.placeOrder(orderOf({ requestId: shared, customerId: EVE })),
    ]);
    assert.notEqual(one.orderId, other.orderId);
  });

  it('are carried out directly, and explained, by what the services ask one another on their own account', async () => {
    const direct = orderOf({ customerId: ADA, sagaMode: SagaMode.SAGA_MODE_DIRECT });
    const { orderId: id, status } = await ada.orders.placeOrder(direct, { timeoutMs: 60_000 });
    assert.equal(status, OrderStatus.ORDER_STATUS_COMPLETED);
    await system.until(async () => {
      const { notKnown, events } = await ada.orders.explainOrder({ orderId: id });
      assert.deepEqual(notKnown, []);
      assert.ok(events.some(({ service }) => service === 'payment'));
    });
  });

  it('are cancelled by themselves', async () => {
    const { status } = await ada.rest(`/v1/orders/${orderId}/cancel`, {
      method: 'POST',
      headers: { ...json, 'idempotency-key': randomUUID() },
      body: '{}',
    });
    assert.equal(status, 202);
  });

  it('are watched no longer than the token lasts', async () => {
    // It does not end meanwhile.
    await system.setProviderFault('hang');
    const { orderId: open } = await eve.orders.placeOrder(orderOf({ customerId: EVE }));
    // The tolerance is 30 s.
    const exp = Math.floor(Date.now() / 1_000) - 26;
    const late = person(await served.issuer.token({ sub: EVE, scope: 'orders:own', exp }));
    const watching = async () => {
      for await (const _ of late.query.watchOrder({ orderId: open, afterVersion: 0 }));
    };
    await assert.rejects(watching, { code: 'UNAUTHENTICATED', reason: 'TOKEN_EXPIRED' });
    await system.setProviderFault('none');
  });
});

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line on the system of those ports. */
const orderlog = (portBase: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ran> =>
  new Promise((resolve) => {
    const options = { env: { ...process.env, ORDERLOG_PORT_BASE: portBase, ...env }, timeout: 120_000 };
    const child = execFile(process.execPath, ['cli/bin.js', ...args], options, (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
