import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { describe, it } from 'mocha';
import { watchNatsHealth } from './natsHealth.ts';

const OK = { status: 200, text: '{"status":"ok"}' };
const WRITE_ERROR = {
  status: 503,
  text: `{"status":"unavailable","error":"JetStream stream '$G > S' write error: no space left on device"}`,
};
const STARTING = { status: 503, text: '{"status":"unavailable","error":"JetStream is not current"}' };
const LOOKS = 5;

/** How often nats-server was started again while it was looked at a few times; a start mends it. */
async function restarts(first: typeof OK, minFreeBytes = 0, folder = tmpdir()): Promise<number> {
  let answer = first;
  let looks = 0;
  let count = 0;
  const enough = new AbortController();
  const server = createServer((_, response) => {
    response.writeHead(answer.status).end(answer.text);
    looks += 1;
    if (looks === LOOKS) enough.abort();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  await watchNatsHealth({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    folder,
    minFreeBytes,
    pollMs: 1,
    signal: enough.signal,
    tell: () => undefined,
    restart() {
      count += 1;
      answer = OK;
    },
  });
  server.close();
  server.closeAllConnections();
  return count;
}

describe('the watch over the health of nats-server', () => {
  it('starts it again once where it has given a stream up', async () => {
    assert.equal(await restarts(WRITE_ERROR), 1);
  });

  it('leaves it alone while the disk is full, while it is well, and where something else is the matter', async () => {
    assert.equal(await restarts(WRITE_ERROR, Number.MAX_SAFE_INTEGER), 0);
    assert.equal(await restarts(OK), 0);
    assert.equal(await restarts(STARTING), 0);
  });

  it('goes on where its folder is gone, and leaves it alone then', async () => {
    assert.equal(await restarts(WRITE_ERROR, 0, '/nowhere/to/be/found'), 0);
  });
});
