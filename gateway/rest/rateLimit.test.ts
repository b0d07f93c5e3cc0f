import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { createRateLimit } from '../../platform/access/rateLimit.ts';
import { orderDouble, type TestGateway, type TestServer } from '../testbed.testing.ts';
import { gatewayBefore, problemIn } from './restBed.testing.ts';

/** So long that no test outlasts a window. */
const WINDOW_SECONDS = 3_600;

describe('REST, where the requests of a caller are limited', () => {
  let order: TestServer;
  let gateway: TestGateway;
  before(async () => {
    order = await orderDouble({});
    const rate = createRateLimit({ requests: 3, windowSeconds: WINDOW_SECONDS });
    gateway = await gatewayBefore(order, rate);
  });
  after(async () => {
    await gateway.stop();
    await order.stop();
  });
  const get = (path: string, init?: RequestInit) => fetch(gateway.http + path, init);

  it('does not count what probes and Prometheus ask', async () => {
    for (let n = 0; n < 5; n++) {
      for (const path of ['/healthz', '/readyz', '/metrics']) {
        const answer = await get(path);
        assert.notEqual(answer.status, 429, path);
        assert.equal(answer.headers.get('ratelimit'), null);
        await answer.text();
      }
    }
  });

  it('says what is left, whatever was asked for, and then 429 with when to come back and what to do', async () => {
    const asked = [await get('/openapi.json'), await get('/v1/nothing'), await get('/v1/orders/%20')];
    assert.deepEqual(
      asked.map(({ status }) => status),
      [200, 404, 400],
    );
    const left = asked.map(({ headers }) => headers.get('ratelimit')?.replace(/;t=\d+$/, ''));
    assert.deepEqual(left, ['"caller";r=2', '"caller";r=1', '"caller";r=0']);
    assert.equal(asked[0]?.headers.get('ratelimit-policy'), `"caller";q=3;w=${WINDOW_SECONDS}`);

    const refused = await get('/v1/orders', { method: 'POST', body: 'never read' });
    assert.equal(refused.status, 429);
    const { reason, code, detail } = await problemIn(refused);
    assert.deepEqual([reason, code], ['RATE_LIMITED', 'RESOURCE_EXHAUSTED']);
    assert.match(
      detail,
      /^more than 3 requests of this caller in 3600 s: repeat in \d+ s, and ask less often$/,
    );
    const [, waitSeconds] = /;r=0;t=(\d+)$/.exec(refused.headers.get('ratelimit') ?? '') ?? [];
    const retryAfter = Number(refused.headers.get('retry-after'));
    assert.equal(retryAfter, Number(waitSeconds));
    assert.ok(retryAfter > 0 && retryAfter <= WINDOW_SECONDS);
  });
});
