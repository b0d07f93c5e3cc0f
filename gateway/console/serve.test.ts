import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { gatewayBefore } from '../rest/restBed.testing.ts';
import { orderDouble, type TestGateway, type TestServer } from '../testbed.testing.ts';

describe('the console as it is served', () => {
  let order: TestServer;
  let gateway: TestGateway;
  before(async () => {
    order = await orderDouble({});
    gateway = await gatewayBefore(order);
  });
  after(async () => {
    await gateway.stop();
    await order.stop();
  });
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(`${gateway.http}${path}`, { headers });

  it('is a page that may run its own scripts only, and speak to its own origin only', async () => {
    const page = await get('/');
    assert.equal(page.status, 200);
    assert.equal(page.headers.get('content-type'), 'text/html; charset=utf-8');
    const policy = page.headers.get('content-security-policy') ?? '';
    assert.match(policy, /^default-src 'none'; script-src 'self' 'sha256-[\w+/]+=*'; style-src 'self';/);
    assert.doesNotMatch(policy, /unsafe|\*|data:|https?:/);
  });

  it('says that nobody needs a token, where that is so', async () => {
    assert.match(await (await get('/')).text(), /<meta name="authentication" content="none">/);
  });

  it('gives all that the page asks for', async () => {
    const text = await (await get('/')).text();
    const paths = [...text.matchAll(/"(\/console\/[^"]+)"/g)].map(([, path]) => path ?? '');
    assert.ok(paths.length > 10);
    for (const path of paths) {
      const answer = await get(path);
      assert.equal(answer.status, 200, path);
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
      await answer.arrayBuffer();
    }
  });

  it('sends a file again only where it has changed', async () => {
    const first = await get('/console/main.js');
    await first.arrayBuffer();
    const etag = first.headers.get('etag') ?? '';
    const again = await get('/console/main.js', { 'if-none-match': etag });
    assert.deepEqual([again.status, await again.text()], [304, '']);
    assert.equal((await get('/console/main.js', { 'if-none-match': '"other"' })).status, 200);
  });

  it('gives nothing else: no tests, no types, and no file outside', async () => {
    for (const path of [
      'format.test.ts',
      'types.d.ts',
      'tsconfig.json',
      'index.html',
      '../serve.ts',
      '%2e%2e/serve.ts',
      'vendor/preact/package.json',
      'vendor/fastify/fastify.js',
      '',
    ]) {
      const answer = await get(`/console/${path}`);
      assert.equal(answer.status, 404, path);
      assert.equal(answer.headers.get('content-type'), 'application/problem+json; charset=utf-8');
      await answer.arrayBuffer();
    }
  });

  it('gets the saga as a graph whose edges say which events take an order along them', async () => {
    const graph = (await (await get('/v1/saga')).json()) as {
      nodes: { id: string; events: string[] }[];
      edges: { from: string; to: string; kind: string; events: string[] }[];
    };
    const ids = graph.nodes.map(({ id }) => id);
    assert.ok(graph.edges.every(({ from, to }) => ids.includes(from) && ids.includes(to)));
    assert.ok(graph.edges.every(({ events }) => events.length > 0));
    assert.deepEqual(
      graph.edges.filter(({ kind }) => kind === 'deadline').map(({ events }) => events),
      [['OrderCancellationRequested']],
    );
  });
});
