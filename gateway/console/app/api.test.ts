import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import { answerFetch } from './answers.testing.ts';
import { getJson, Problem } from './api.js';

describe('an answer of the gateway', () => {
  let stop: () => void = () => undefined;
  afterEach(() => stop());
  const answered = (body: string, status: number) => {
    stop = answerFetch(() => new Response(body, { status }));
  };
  const problem = (said: RegExp) => (error: Error) => error instanceof Problem && said.test(error.message);

  it('that breaks off is a problem, and never one in which there is nothing', async () => {
    answered('{"orders": [{"orderId": "5c1c', 200);
    await assert.rejects(getJson('/v1/orders'), problem(/not whole/));
    answered('{"orders": []}', 200);
    assert.deepEqual(await getJson('/v1/orders'), { orders: [] });
  });

  it('that is a problem says why, as far as it is there', async () => {
    answered('{"title": "Not available now", "detail": "it is down"}', 503);
    await assert.rejects(getJson('/v1/orders'), problem(/^it is down$/));
    answered('<html>', 502);
    await assert.rejects(getJson('/v1/orders'), problem(/answered 502/));
  });
});
