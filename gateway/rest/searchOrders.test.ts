import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { fieldsOf, problemIn, restBed } from './restBed.testing.ts';

describe('GET /v1/orders', () => {
  const bed = restBed();

  const bad: [string, string[]][] = [
    ['colour=red', ['colour']],
    ['statuses=DONE', ['statuses']],
    ['sort=best', ['sort']],
    ['page_size=many', ['page_size']],
    ['page_size=1000', ['page_size']],
    ['created_after=yesterday', ['created_after']],
    ['min_total=1e3&currency=EUR', ['min_total']],
    ['min_total=1', ['currency']],
    ['currency=EUR', ['currency']],
    ['min_total=1&currency=euro', ['min_total']],
    ['max_total=1&currency=XXX', ['currency']],
    ['query=a&query=b', ['query']],
    ['page_token=x', ['page_token']],
    ['customer_id=a%20b', ['customer_id']],
    ['customer_id=4111111111111111', ['customer_id']],
  ];
  for (const [query, fields] of bad) {
    it(`answers ${query} by a problem that names ${fields}`, async () => {
      const answer = await bed.request(`/v1/orders?${query}`);
      assert.equal(answer.status, 400);
      assert.deepEqual(fieldsOf(await problemIn(answer)), fields);
    });
  }

  it('says what a parameter must be, in its own terms', async () => {
    const detailOf = async (query: string) =>
      (await problemIn(await bed.request(`/v1/orders?${query}`))).detail;
    assert.match(await detailOf('statuses=DONE'), /^statuses: must be an array of .*ORDER_STATUS_PENDING/);
    assert.match(await detailOf('created_after=yesterday'), /^created_after: must be a time such as/);
    assert.match(await detailOf('min_total=1'), /^currency: must be given with min_total, such as EUR/);
    assert.match(await detailOf('colour=red'), /^colour: is not a parameter: known are query, /);
  });

  it('is 503 with Retry-After while the read model cannot be reached', async () => {
    const answer = await bed.request('/v1/orders');
    assert.equal(answer.status, 503);
    assert.ok(Number(answer.headers.get('retry-after')) >= 1);
    assert.equal((await problemIn(answer)).reason, 'READ_MODEL_UNAVAILABLE');
  });
});
