import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'mocha';
import { withClient } from '../servers/serviceDatabase.ts';
import { ownFolder, testPostgres } from '../servers/testing.ts';
import { gone, isAlive, misbehaving, optionsFor } from './fakeSystem.testing.ts';
import { layoutOf } from './layout.ts';
import { silent } from './reporter.ts';
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

  it('says what a service waits for, and goes on once it has it', async () => {
    const told: string[] = [];
    const opens = join(ownFolder('opens'), 'now');
    const closed = misbehaving('is closed').map((each) => ({
      ...each,
      env: () => ({ FAKE_BEHAVIOUR: 'is closed', FAKE_OPENS: opens }),
    }));
    const reporter = { ...silent, note: (line: string) => told.push(line) };
    const starting = startSystem(await optionsFor('closed', { services: closed, reporter }));
    const said = () => told.find((line) => line.startsWith('store waits: the log is lost'));
    while (!said()) await Promise.race([starting, sleep(10)]);
    assert.match(said() ?? '', /servers stay up for it: mend it from another terminal/);
    writeFileSync(opens, '');
    const system = await starting;
    assert.ok(system.services.get('store')?.pid);
    await system.stop();
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

  it('makes no new keys for data that a server of others holds', async () => {
    const { url } = await testPostgres();
    const name = `lost_${randomBytes(4).toString('hex')}`;
    const stores = misbehaving('').map((each) => ({ ...each, needs: ['databases'], database: { name } }));
    const plain = await optionsFor('keys', { services: stores });
    const options = { ...plain, env: { ...plain.env, ORDERLOG_POSTGRES_URL: url } };
    const first = await startSystem(options);
    await first.stop();
    const { secrets } = layoutOf(options.dataDir, options.portBase);
    const kept = readFileSync(secrets, 'utf8');
    rmSync(secrets);
    await assert.rejects(
      startSystem(options),
      new RegExp(`secrets\\.json is missing, .* the server at ORDERLOG_POSTGRES_URL .*${name}`),
    );
    assert.equal(existsSync(secrets), false);
    // Nobody has changed the passwords of those who work with it.
    await withClient(first.urls.databases.get(name)?.url ?? '', (client) => client.query('select'));
    writeFileSync(secrets, kept);
    await (await startSystem(options)).stop();
    await withClient(url, async (client) => {
      await client.query(`drop database ${name}`);
      await client.query(`drop role ${name}`);
      await client.query(`drop role ${name}_owner`);
    });
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
