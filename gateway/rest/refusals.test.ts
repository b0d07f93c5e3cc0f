import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'mocha';
import { body, fieldsOf, ORDER, problemIn, restBed } from './restBed.testing.ts';

describe('REST refuses what is wrong', () => {
  const bed = restBed();

  it('asks for an Idempotency-Key', async () => {
    const answer = await bed.request('/v1/orders', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    assert.equal(answer.status, 400);
    assert.deepEqual(fieldsOf(await problemIn(answer)), ['Idempotency-Key']);
    assert.deepEqual(fieldsOf(await problemIn(await bed.post(body, { 'idempotency-key': 'x' }))), [
      'Idempotency-Key',
    ]);
  });

  const wrong: readonly [string, unknown, string[]][] = [
    ['an unknown field', { ...body, coupon: 'X' }, ['coupon']],
    [
      'an unknown field of a line',
      { ...body, lines: [{ sku: 'A', quantity: 1, price: 1 }] },
      ['lines[0].price'],
    ],
    ['a wrong type', { ...body, lines: [{ sku: 'A', quantity: 'many' }] }, ['lines[0].quantity']],
    [
      'several of them',
      { ...body, customerId: 5, lines: [{ sku: [], quantity: 1 }] },
      ['customerId', 'lines[0].sku'],
    ],
    ['a line that is none', { ...body, lines: [null, 'x'] }, ['lines[0]', 'lines[1]']],
    ['an unknown enum name', { ...body, sagaMode: 'SAGA_MODE_MAGIC' }, ['sagaMode']],
    ['the key in the body', { ...body, requestId: randomUUID() }, ['requestId']],
    ['a value against the rules', { ...body, lines: [{ sku: 'A', quantity: 0 }] }, ['lines[0].quantity']],
    ['no lines', { ...body, lines: [] }, ['lines']],
    ['a card number', { ...body, paymentToken: '4111111111111111' }, ['paymentToken']],
    ['a card number as a number', { ...body, paymentToken: 4111111111111111 }, ['paymentToken']],
    [
      'a number that would be rounded',
      `{"customerId":"ada","expectedTotal":{"currencyCode":"EUR","units":9007199254740993}}`,
      ['expectedTotal.units'],
    ],
  ];
  for (const [what, json, fields] of wrong) {
    it(`refuses ${what}, naming the field and no value`, async () => {
      const answer = await bed.post(json);
      assert.equal(answer.status, 400);
      const problem = await problemIn(answer);
      assert.deepEqual(fieldsOf(problem), fields);
      assert.equal(problem.code, 'INVALID_ARGUMENT');
      assert(!JSON.stringify(problem).includes('4111'));
      assert.deepEqual(bed.placed, []);
    });
  }

  const unreadable: readonly [string, string | Uint8Array, number][] = [
    ['no JSON', '{"customerId":', 400],
    ['an empty body', '', 400],
    ['an array', '[]', 400],
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0x22]), 400],
    ['deep nesting', '['.repeat(100_000) + ']'.repeat(100_000), 400],
    ['a body above 1 MiB', `"${'x'.repeat(1024 * 1024)}"`, 413],
  ];
  for (const [what, raw, status] of unreadable) {
    it(`refuses ${what}`, async () => {
      const headers = { 'content-type': 'application/json', 'idempotency-key': randomUUID() };
      const answer = await bed.request('/v1/orders', { method: 'POST', headers, body: raw });
      assert.equal(answer.status, status);
      await problemIn(answer);
    });
  }

  it('names a field or a parameter that is called as what every object has', async () => {
    for (const name of ['__proto__', 'constructor', 'toString']) {
      const inBody = await problemIn(await bed.post(`{"${name}":{"a":1}}`));
      assert.deepEqual([inBody.status, fieldsOf(inBody)], [400, [name]]);
      const inQuery = await problemIn(await bed.request(`/v1/sales?${name}=`));
      assert.deepEqual([inQuery.status, fieldsOf(inQuery)], [400, [name]]);
    }
  });

  it('answers shortly, however much is wrong', async () => {
    const fields = Array.from({ length: 5_000 }, (_, index) => [`field${index}${'x'.repeat(100)}`, 1]);
    const text = await (await bed.post(Object.fromEntries(fields))).text();
    assert(text.length < 10_000);
    assert.match(text, /and 4999 more/);
  });

  it('says what to do about a wrong content type, method or path', async () => {
    const media = await bed.post('a=b', { 'content-type': 'application/x-www-form-urlencoded' });
    assert.equal(media.status, 415);
    assert.match((await problemIn(media)).detail, /application\/json/);
    const method = await bed.request(`/v1/orders/${ORDER}`, { method: 'DELETE' });
    assert.equal(method.status, 405);
    assert.match(method.headers.get('allow') ?? '', /GET/);
    assert.match((await problemIn(method)).detail, /GET/);
    const path = await bed.request('/v1/nothing');
    assert.equal(path.status, 404);
    assert.equal((await problemIn(path)).reason, 'UNKNOWN_ROUTE');
    assert.equal((await bed.request('/v1/orders/%zz')).status, 400);
  });
});
