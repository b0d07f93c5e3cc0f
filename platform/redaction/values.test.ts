import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { errorFields, isHidden, redactedAttributes, redactedFields } from './values.ts';

describe('fields that are written by name', () => {
  it('lack what the contract marks, and what credentials are called, in whichever spelling', () => {
    for (const name of [
      'payment_token',
      'paymentToken',
      'sealedPaymentToken',
      'customer_id',
      'customerId',
      'evidence',
    ])
      assert.ok(isHidden(name), name);
    for (const name of ['authorization', 'Set-Cookie', 'api_key', 'password', 'keyring'])
      assert.ok(isHidden(name), name);
    for (const name of ['orderId', 'message', 'reason', 'consumer', 'code']) assert.ok(!isHidden(name), name);
  });

  it('are copied at every depth, and nothing else is changed', () => {
    const at = new Date(0);
    const fields = { a: [{ b: { customerId: 'ada', at } }], token: undefined, orderId: 'o' };
    assert.deepEqual(redactedFields(fields), {
      a: [{ b: { customerId: '[redacted]', at } }],
      token: undefined,
      orderId: 'o',
    });
    assert.equal(fields.a[0]?.b.customerId, 'ada');
  });

  it('end where they have no end', () => {
    const circle: Record<string, unknown> = {};
    circle.again = circle;
    assert.match(JSON.stringify(redactedFields(circle)), /deeper than is shown/);
  });

  it('are left out of spans, by the last part of their name', () => {
    const attributes = {
      'orderlog.customer_id': 'ada',
      'orderlog.order_id': 'o',
      url: 'http://a:bcd@e/',
      n: 1,
    };
    assert.deepEqual(redactedAttributes(attributes), {
      'orderlog.order_id': 'o',
      url: 'http://a:[redacted]@e/',
      n: 1,
    });
  });
});

describe('errors in the log', () => {
  it('keep what tells what broke, and nothing of what was sent', () => {
    const cause = Object.assign(new Error('duplicate key'), {
      code: '23505',
      constraint: 'orders_pkey',
      detail: 'Failing row contains (ada, tok_x)',
    });
    const error = Object.assign(new TypeError('it failed', { cause }), {
      input: 'postgres://order:hunter22@db',
      meta: { request: { headers: { authorization: 'Basic aHVudGVyMg==' } } },
    });
    const told = JSON.stringify(errorFields(error));
    assert.doesNotMatch(told, /tok_x|hunter|aHVudGVy/);
    assert.match(told, /"type":"TypeError","message":"it failed"/);
    assert.match(told, /"code":"23505","constraint":"orders_pkey"/);
  });

  it('may be anything that was thrown', () => {
    assert.equal(errorFields('no'), 'no');
    assert.equal(errorFields(undefined), undefined);
    assert.equal(errorFields({ password: 'x' }), '[redacted]');
    assert.match(JSON.stringify(errorFields(new AggregateError([new Error('one')], 'both'))), /one/);
    const circle = new Error('round');
    circle.cause = circle;
    assert.ok(JSON.stringify(errorFields(circle)).length > 0);
  });
});
