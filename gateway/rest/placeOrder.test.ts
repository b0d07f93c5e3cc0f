import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'mocha';
import { OrderlogError } from '../../platform/errors.ts';
import type { PartState } from '../readiness.ts';
import { orderDouble } from '../testbed.testing.ts';
import { accepted, body, fieldsOf, gatewayBefore, ORDER, problemIn, restBed } from './restBed.testing.ts';

describe('POST /v1/orders', () => {
  const bed = restBed();

  it('accepts an order: 202, where it will be, and the answer as protobuf JSON', async () => {
    const key = randomUUID();
    const answer = await bed.post(body, { 'idempotency-key': key });
    assert.equal(answer.status, 202);
    assert.equal(answer.headers.get('location'), `/v1/orders/${ORDER}`);
    const json = { orderId: ORDER, status: 'ORDER_STATUS_PENDING', consistencyToken: 'token' };
    assert.deepEqual(await answer.json(), json);
    assert.deepEqual(bed.placed[0]?.request, {
      ...body,
      requestId: key,
      expectedTotal: undefined,
      sagaMode: 0,
    });
  });

  it('gives the same bytes for the same key', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    assert.equal(await (await bed.post(body, headers)).text(), await (await bed.post(body, headers)).text());
  });

  it('hands on the trace and a deadline', async () => {
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    await bed.post(body, { traceparent });
    assert.equal(bed.placed[0]?.call.traceparent, traceparent);
    const leftMs = (bed.placed[0]?.call.deadline?.getTime() ?? 0) - Date.now();
    assert(leftMs > 5_000 && leftMs <= 10_000);
  });

  it('takes amounts as protobuf JSON writes them', async () => {
    const expectedTotal = { currencyCode: 'EUR', units: '9007199254740993', nanos: 500_000_000 };
    assert.equal((await bed.post({ ...body, expectedTotal })).status, 202);
    assert.equal(bed.placed[0]?.request.expectedTotal?.units, 9_007_199_254_740_993n);
  });

  it('answers 422 for a key that was used with another body', async () => {
    const violations = [{ field: 'request_id', description: 'was used before with another request' }];
    bed.place = () =>
      Promise.reject(new OrderlogError('INVALID_ARGUMENT', 'REQUEST_ID_REUSED', 'no', { violations }));
    const answer = await bed.post(body);
    assert.equal(answer.status, 422);
    assert.deepEqual(fieldsOf(await problemIn(answer)), ['Idempotency-Key']);
  });

  it('answers 429 with Retry-After when there is too much', async () => {
    const error = new OrderlogError('RESOURCE_EXHAUSTED', 'QUEUE_FULL', 'full', { retryAfterMs: 2_500 });
    bed.place = () => Promise.reject(error);
    const answer = await bed.post(body);
    assert.equal(answer.status, 429);
    assert.equal(answer.headers.get('retry-after'), '3');
    assert.equal((await problemIn(answer)).reason, 'QUEUE_FULL');
  });

  it('answers 500 for a fault, telling nothing of it', async () => {
    bed.place = () => Promise.reject(new TypeError('secret of the inside'));
    const answer = await bed.post(body);
    assert.equal(answer.status, 500);
    assert.doesNotMatch((await problemIn(answer)).detail, /secret/);
  });

  it('lets what was begun end when it is stopped, and takes nothing new once clients could leave', async () => {
    const begun = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    bed.place = async () => {
      begun.resolve();
      await go.promise;
      return accepted;
    };
    const stopping = await gatewayBefore(bed.order);
    const headers = { 'content-type': 'application/json', 'idempotency-key': randomUUID() };
    const url = `${stopping.http}/v1/orders`;
    const answer = fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
    await begun.promise;
    const stopped = stopping.stop(30_000);
    for (let isTaken = true; isTaken; ) {
      const { connection } = await fetch(url).then(
        ({ headers: given }) => ({ connection: given.get('connection') }),
        () => ({ connection: undefined }),
      );
      isTaken = connection !== undefined;
      if (isTaken) assert.equal(connection, 'close');
    }
    go.resolve();
    assert.equal((await answer).status, 202);
    await stopped;
  });

  it('answers 503 with Retry-After while the Order service is away, and says so at /readyz', async () => {
    const gone = await orderDouble({});
    await gone.stop();
    const alone = await gatewayBefore(gone);
    const headers = { 'content-type': 'application/json', 'idempotency-key': randomUUID() };
    const answer = await fetch(`${alone.http}/v1/orders`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    assert.equal(answer.status, 503);
    assert.equal(answer.headers.get('retry-after'), '1');
    const ready = await fetch(`${alone.http}/readyz`);
    assert.equal(ready.status, 503);
    const { parts } = (await ready.json()) as { parts: Record<string, PartState> };
    assert.deepEqual(Object.keys(parts), ['order', 'catalog', 'payment', 'elasticsearch', 'projector']);
    assert(Object.values(parts).every((part) => !part.ready && part.detail));
    assert.equal((await fetch(`${alone.http}/healthz`)).status, 200);
    await alone.stop();
  });
});
