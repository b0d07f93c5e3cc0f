import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'mocha';
import { gone, isAlive, misbehaving, optionsFor } from './fakeSystem.testing.ts';
import { startSystem } from './system.ts';

describe('a local system that cannot start', function () {
  this.timeout(60_000);

  it('says why a service could not, and leaves nothing', async () => {
    const options = await optionsFor('bad', { services: misbehaving('fails') });
    await assert.rejects(
      startSystem(options),
      /store could not start: it ended with exit code 78\nfake: .*\n {2}ORDERLOG_X/,
    );
    assert.equal(existsSync(join(options.dataDir, 'launcher.json')), false);
    assert.equal(existsSync(join(options.dataDir, 'nats', 'process.json')), false);
  });

  it('names the port that is in use', async () => {
    const options = await optionsFor('port');
    const port = Number(options.portBase) + 80;
    const server = createServer().listen(port, '127.0.0.1');
    await assert.rejects(
      startSystem(options),
      new RegExp(`port ${port} .*http.* in use.*ORDERLOG_PORT_BASE`),
    );
    server.close();
  });

  it('does not empty the server of others', async () => {
    const options = await optionsFor('foreign', { fresh: true });
    await assert.rejects(startSystem(options), /cannot start fresh: ORDERLOG_ELASTICSEARCH_URL is set/);
  });

  it('gives up at once when it is told to', async () => {
    const options = await optionsFor('abort', { signal: AbortSignal.timeout(100) });
    await assert.rejects(startSystem(options), /aborted|timeout/i);
    assert.equal(existsSync(join(options.dataDir, 'nats', 'process.json')), false);
  });
});

describe('a launcher that is killed', function () {
  this.timeout(60_000);

  it('takes all of its system along, hanging services included', async () => {
    const options = await optionsFor('killed');
    const launcher: ChildProcess = fork(
      fileURLToPath(new URL('fakeLauncher.testing.ts', import.meta.url)),
      [options.dataDir, options.portBase ?? ''],
      { env: options.env },
    );
    const pids = await new Promise<number[]>((resolve) =>
      launcher.once('message', (m) => resolve(m as number[])),
    );
    assert.equal(pids.length, 3);
    assert.ok(pids.every(isAlive));
    launcher.kill('SIGKILL');
    await gone(pids, 25_000);
  });
});
