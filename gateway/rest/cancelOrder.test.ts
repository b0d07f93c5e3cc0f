import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'mocha';
import { OrderlogError } from '../../platform/errors.ts';
import type {
  CancelOrderRequest,
  CancelOrderResponse,
} from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { OrderStatus } from '../../proto/gen/orderlog/order/v1/types.ts';
import { orderDouble, type TestGateway, type TestServer } from '../testbed.testing.ts';
import { fieldsOf, gatewayBefore, ORDER, problemIn } from './restBed.testing.ts';

describe('POST /v1/orders/{id}/cancel', () => {
  let order: TestServer;
  let gateway: TestGateway;
  let asked: CancelOrderRequest[];
  let cancel: () => Promise<CancelOrderResponse>;
  before(async () => {
    order = await orderDouble({
      async cancelOrder(request) {
        asked.push(request);
        return cancel();
      },
    });
    gateway = await gatewayBefore(order);
  });
  beforeEach(() => {
    asked = [];
    cancel = async () => ({
      orderId: ORDER,
      status: OrderStatus.ORDER_STATUS_CANCELLING,
      consistencyToken: 'token',
    });
  });
  after(async () => {
    await gateway.stop();
    await order.stop();
  });

  const post = (json?: unknown, headers: Record<string, string> = {}, id: string = ORDER) =>
    fetch(`${gateway.http}/v1/orders/${id}/cancel`, {
      method: 'POST',
      headers: {
        'idempotency-key': randomUUID(),
        ...(json !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(json !== undefined && { body: JSON.stringify(json) }),
    });

  it('asks for the end of the order: 202, where it is, and the answer as protobuf JSON', async () => {
    const key = randomUUID();
    const answer = await post({ message: 'changed my mind' }, { 'idempotency-key': key });
    assert.equal(answer.status, 202);
    assert.equal(answer.headers.get('location'), `/v1/orders/${ORDER}`);
    const json = { orderId: ORDER, status: 'ORDER_STATUS_CANCELLING', consistencyToken: 'token' };
    assert.deepEqual(await answer.json(), json);
    assert.deepEqual(asked, [{ requestId: key, orderId: ORDER, message: 'changed my mind' }]);
  });

  it('needs no body', async () => {
    assert.equal((await post()).status, 202);
    assert.equal((await post({})).status, 202);
    assert.equal((await post(undefined, { 'content-type': 'application/json' })).status, 202);
    assert.deepEqual(
      asked.map(({ message }) => message),
      ['', '', ''],
    );
  });

  const refusals: [number, OrderlogError][] = [
    [404, new OrderlogError('NOT_FOUND', 'ORDER_NOT_FOUND', `there is no order ${ORDER}`)],
    [409, new OrderlogError('FAILED_PRECONDITION', 'ORDER_REJECTED', 'it is rejected already')],
    [422, new OrderlogError('INVALID_ARGUMENT', 'REQUEST_ID_REUSED', 'another body')],
  ];
  for (const [status, error] of refusals) {
    it(`answers ${status} for ${error.reason}`, async () => {
      cancel = () => Promise.reject(error);
      const answer = await post();
      assert.equal(answer.status, status);
      assert.equal((await problemIn(answer)).reason, error.reason);
    });
  }

  const wrong: [string, () => Promise<Response>, string][] = [
    ['no Idempotency-Key', () => post({}, { 'idempotency-key': '' }), 'Idempotency-Key'],
    ['a key that is no UUID', () => post({}, { 'idempotency-key': 'x' }), 'Idempotency-Key'],
    ['an id that is no UUID', () => post({}, {}, 'x'), 'id'],
    ['the id in the body too', () => post({ orderId: ORDER }), 'orderId'],
    ['the key in the body', () => post({ requestId: randomUUID() }), 'requestId'],
    ['an unknown field', () => post({ reason: 'x' }), 'reason'],
    ['a long message', () => post({ message: 'x'.repeat(501) }), 'message'],
    ['a card number', () => post({ message: '4111111111111111' }), 'message'],
  ];
  for (const [what, send, field] of wrong) {
    it(`refuses ${what}, naming ${field}`, async () => {
      const answer = await send();
      assert.equal(answer.status, 400);
      assert.deepEqual(fieldsOf(await problemIn(answer)), [field]);
      assert.deepEqual(asked, []);
    });
  }

  it('refuses other methods', async () => {
    const answer = await fetch(`${gateway.http}/v1/orders/${ORDER}/cancel`);
    assert.equal(answer.status, 405);
    assert.equal(answer.headers.get('allow'), 'POST');
  });
});
