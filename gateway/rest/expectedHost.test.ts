import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, beforeEach, describe, it } from 'mocha';
import { ANYBODY } from '../../platform/access/caller.ts';
import { orderDouble, startGateway, type TestGateway, type TestServer } from '../testbed.testing.ts';
import { hostNamesIn } from './expectedHost.ts';
import type { Problem } from './problems.ts';
import { accepted, body } from './restBed.testing.ts';

const MISDIRECTED = /^HTTP\/1\.1 421 Misdirected Request\r\n[\s\S]*content-type: application\/problem\+json/;
const json = JSON.stringify(body);
const ORDER = [
  'content-type: application/json',
  'idempotency-key: 6a2f6c1e-58a7-4b0a-9d5c-3c1f4b8f9a10',
  `content-length: ${json.length}`,
  'connection: close',
];

describe('REST, where nobody needs a token', () => {
  let order: TestServer;
  let gateway: TestGateway;
  let placed = 0;
  before(async () => {
    order = await orderDouble({
      async placeOrder() {
        placed += 1;
        return accepted;
      },
    });
    const hostNames = hostNamesIn('orders.test, Other.test');
    gateway = await startGateway({ orderAddress: order.address, hostNames });
  });
  after(async () => {
    await gateway.stop();
    await order.stop();
  });
  beforeEach(() => {
    placed = 0;
  });

  /** The answer to bytes; `fetch` writes the Host itself. */
  function answerTo({ http }: TestGateway, ...lines: readonly string[]): Promise<string> {
    const socket = connect(Number(new URL(http).port), '127.0.0.1');
    socket.write(lines.join('\r\n'));
    return text(socket);
  }
  const placeBy = (host: string, at = gateway) =>
    answerTo(at, 'POST /v1/orders HTTP/1.1', `host: ${host}`, ...ORDER, '', json);
  const get = (host: string, path: string) =>
    answerTo(gateway, `GET ${path} HTTP/1.1`, `host: ${host}`, 'connection: close', '', '');

  const foreign = ['evil.test', 'EVIL.test:8', 'localhost.evil.test', '127.0.0.1.evil.test', 'evillocalhost'];
  for (const host of foreign) {
    it(`takes no order by a name that a page may have made to resolve to it: ${host}`, async () => {
      const answer = await placeBy(host);
      assert.match(answer, MISDIRECTED);
      const problem: Problem = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')));
      assert.deepEqual([problem.status, problem.reason], [421, 'HOST_NOT_EXPECTED']);
      assert.equal(problem.violations[0]?.field, 'Host');
      assert.match(problem.detail, /^Host: must be localhost or an IP address.*ORDERLOG_HTTP_HOST_NAMES/);
      assert.doesNotMatch(answer, /evil/i);
      assert.equal(placed, 0);
    });
  }

  it('shows nothing by such a name either: not the console, no document, no path that is none', async () => {
    for (const path of ['/', '/docs', '/openapi.json', '/readyz', '/metrics', '/v1/orders', '/none']) {
      assert.match(await get('evil.test', path), MISDIRECTED, path);
    }
  });

  const addresses = ['127.0.0.1', '127.0.0.1:8080', '192.0.2.7:80', '[::1]:8080', '[::1]'];
  const names = ['localhost', 'LocalHost:80', 'orderlog.localhost:8080', 'orders.test:8080', 'other.test'];
  for (const host of [...addresses, ...names]) {
    it(`takes orders by an address, and by a name of its own: ${host}`, async () => {
      assert.match(await placeBy(host), /^HTTP\/1\.1 202 /);
      assert.equal(placed, 1);
    });
  }

  it('answers who sends no Host, as no browser does', async () => {
    assert.match(await answerTo(gateway, 'GET /healthz HTTP/1.0', '', ''), /^HTTP\/1\.1 200 /);
  });

  it('leaves to a token, where one is needed, whoever asks by whatever name', async () => {
    const other = await startGateway({ orderAddress: order.address, admit: () => ANYBODY });
    assert.match(await placeBy('orders.example.com', other), /^HTTP\/1\.1 202 /);
    await other.stop();
  });
});
