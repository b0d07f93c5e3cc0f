/** Real answers, judged by the document that the running gateway serves. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, describe, it } from 'mocha';
import {
  type Described,
  type Judge,
  judgeAnswer,
  judgeOf,
  operationsOf,
} from '../gateway/documents/schema.testing.ts';
import { ended, orderOf, placeUntilAccepted } from './support/orders.ts';
import { type System, system as sharedSystem } from './support/system.ts';

interface Asked {
  readonly path?: string;
  readonly query?: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

describe('REST, as it is documented', function () {
  this.timeout(180_000);
  let system: System;
  let base: string;
  let operations: readonly Described[];
  let judge: Judge;
  let orderId: string;
  let sku: string;

  before(async () => {
    system = await sharedSystem();
    base = `http://${system.addresses.http}`;
    const document = (await (await fetch(`${base}/openapi.json`)).json()) as Record<string, unknown>;
    operations = operationsOf(document);
    judge = judgeOf(document);
    sku = await system.newItem({ onHand: 10n });
    const placed = await placeUntilAccepted(system.orders, orderOf({ lines: [{ sku, quantity: 1 }] }));
    orderId = placed.orderId;
    await ended(system.orders, orderId);
    // What another test has killed may be on its way back.
    await system.until(async () => assert.equal((await fetch(`${base}/readyz`)).status, 200));
  });

  /** Asks, asserts that the answer is documented, and returns it. */
  async function ask(operationId: string, { path = '', query = '', body, headers = {} }: Asked) {
    const described = operations.find(({ operation }) => operation.operationId === operationId);
    assert.ok(described, operationId);
    const url = `${base}${described.path.replace(/\{\w+\}/, path)}${query}`;
    const type = body && { 'content-type': 'application/json' };
    const init = { method: described.method, headers: { ...type, ...headers } };
    const answer = await fetch(url, body ? { ...init, body: JSON.stringify(body) } : init);
    const contentType = answer.headers.get('content-type') ?? '';
    const json = /json/.test(contentType) ? ((await answer.json()) as object) : await answer.text();
    judgeAnswer(judge, described, { status: answer.status, contentType, body: json });
    return { status: answer.status, json };
  }
  const key = () => ({ 'idempotency-key': randomUUID() });
  const ofOrder = () => ({ path: orderId });
  const ofService = { query: '?service=order' };

  const right: readonly [operationId: string, asked: () => Asked, status: number][] = [
    ['searchOrders', () => ({ query: `?query=${sku}&statuses=ORDER_STATUS_COMPLETED&page_size=5` }), 200],
    ['getOrder', ofOrder, 200],
    ['getOrder', () => ({ path: orderId, query: '?at_version=1' }), 200],
    ['getOrderHistory', ofOrder, 200],
    ['explainOrder', ofOrder, 200],
    ['explainOrder', () => ({ path: orderId, query: '?at_version=2' }), 200],
    ['listItems', () => ({ query: '?page_size=3' }), 200],
    ['getItem', () => ({ path: sku }), 200],
    ['adjustStock', () => ({ path: sku, body: { delta: '5', reason: 'a delivery' }, headers: key() }), 200],
    ['listParkedEvents', () => ofService, 200],
    [
      'placeOrder',
      () => ({
        body: { customerId: 'ada', lines: [{ sku, quantity: 1 }], paymentToken: 'tok_ok' },
        headers: key(),
      }),
      202,
    ],
    ['cancelOrder', () => ({ path: orderId, headers: key() }), 202],
    ['healthz', () => ({}), 200],
    ['readyz', () => ({}), 200],
    ['metrics', () => ({}), 200],
    ['asyncapi', () => ({}), 200],
  ];
  for (const [operationId, asked, status] of right) {
    it(`answers ${operationId} by ${status}, as its schema says`, async () => {
      const answer = await ask(operationId, asked());
      assert.equal(answer.status, status, JSON.stringify(answer.json));
    });
  }

  const wrong: readonly [what: string, operationId: string, asked: () => Asked, status: number][] = [
    ['no order', 'getOrder', () => ({ path: randomUUID() }), 404],
    ['no such moment', 'getOrder', () => ({ path: orderId, query: '?at_version=1000' }), 404],
    ['no history', 'getOrderHistory', () => ({ path: randomUUID() }), 404],
    ['no item', 'getItem', () => ({ path: 'SKU-NONE' }), 404],
    [
      'more than is there',
      'adjustStock',
      () => ({ path: sku, body: { delta: '-100' }, headers: key() }),
      409,
    ],
    ['no consumer', 'replayParkedEvents', () => ({ ...ofService, body: { consumer: 'none' } }), 404],
    [
      'nothing parked',
      'discardParkedEvent',
      () => ({ ...ofService, body: { parkedId: randomUUID(), reason: 'a test', operatorId: 'ada' } }),
      404,
    ],
    ['a parameter that is none', 'listItems', () => ({ query: '?colour=red' }), 400],
    ['no key', 'placeOrder', () => ({ body: {} }), 400],
  ];
  for (const [what, operationId, asked, status] of wrong) {
    it(`answers ${operationId} of ${what} by a problem, ${status}`, async () => {
      const answer = await ask(operationId, asked());
      assert.equal(answer.status, status, JSON.stringify(answer.json));
    });
  }
});
