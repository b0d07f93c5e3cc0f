import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, it } from 'mocha';
import { withClient } from '../servers/serviceDatabase.ts';
import { gone, optionsFor, pidsOf } from './fakeSystem.testing.ts';
import { type Reporter, silent } from './reporter.ts';
import { type System, type SystemOptions, startSystem } from './system.ts';

describe('a local system', function () {
  this.timeout(60_000);
  const told: string[] = [];
  const reporter: Reporter = {
    ...silent,
    done: (part) => told.push(`up: ${part}`),
    note: (line) => told.push(line),
  };
  let options: SystemOptions;
  let system: System;

  before(async function () {
    this.timeout(120_000);
    options = await optionsFor('system', { reporter });
    const settings = { ORDERLOG_TIMER_MARGIN_MS: '1', ORDERLOG_STREAM_MAX_BYTES: '2' };
    options = { ...options, env: { ...options.env, ...settings } };
    system = await startSystem(options);
  });
  after(() => system.stop());

  it('starts its parts in the order of their needs', () => {
    const order = told.filter((line) => line.startsWith('up: '));
    assert.deepEqual(order.slice(-4), ['up: databases', 'up: store', 'up: gateway', 'up: ready']);
    assert.deepEqual(order.length, 7);
  });

  it('gives a service its own variables, its settings, and none of the launcher', async () => {
    const log = () => readFileSync(join(options.dataDir, 'logs', 'store.log'), 'utf8');
    // What it printed is written a little later.
    while (!log().endsWith('\n')) await sleep(10);
    assert.deepEqual(JSON.parse(log()).given.sort(), [
      'ORDERLOG_DATABASE_URL',
      'ORDERLOG_NATS_URL',
      'ORDERLOG_TIMER_MARGIN_MS',
    ]);
    assert.ok(told.includes('store warn: given'), 'warnings are told');
  });

  it('gives a service a database that its owner role can change, and its runtime role cannot', async () => {
    const urls = system.urls.databases.get('store');
    assert.ok(urls);
    await withClient(urls.migrationUrl, (client) => client.query('create table t (n int)'));
    await assert.rejects(
      withClient(urls.url, (client) => client.query('create table u (n int)')),
      /permission denied/,
    );
    await assert.rejects(
      withClient(urls.url, (client) => client.query('select from t')),
      /permission denied/,
    );
  });

  it('refuses a second launcher in the same folder', async () => {
    await assert.rejects(startSystem(options), /already runs in .*system-\w+ \(process \d+\)/);
  });

  for (const victim of ['store', 'gateway']) {
    it(`starts ${victim} again after SIGKILL`, async () => {
      const service = system.services.get(victim);
      assert.ok(service);
      const { pid } = service;
      const again = service.restarted();
      service.kill('SIGKILL');
      await again;
      assert.notEqual(service.pid, pid);
      assert.ok(told.includes(`${victim} was ended by SIGKILL`));
    });
  }

  for (const victim of ['postgres', 'nats'] as const) {
    it(`starts ${victim} again after SIGKILL, at the same URL`, async () => {
      const server = system.servers.get(victim);
      assert.ok(server);
      const again = server.restarted();
      server.kill('SIGKILL');
      await again;
      await withClient(system.urls.postgres, (client) => client.query('select'));
    });
  }

  it('leaves no process behind, and starts again with its data', async () => {
    const pids = pidsOf(system);
    told.length = 0;
    await system.stop();
    await gone(pids, 0);
    assert.deepEqual(told.slice(0, 2), ['stopped gateway', 'stopped store']);
    system = await startSystem(options);
    const urls = system.urls.databases.get('store');
    await withClient(urls?.url ?? '', (client) =>
      assert.rejects(client.query('select from t'), /permission denied/),
    );
  });

  it('starts empty when asked, and removes nothing that is not its own', async () => {
    await system.stop();
    writeFileSync(join(options.dataDir, 'mine.txt'), '');
    system = await startSystem({ ...options, env: process.env, services: [], fresh: true });
    await withClient(system.urls.postgres, async (client) => {
      const { rows } = await client.query("select from pg_database where datname = 'store'");
      assert.equal(rows.length, 0);
    });
    assert.ok(existsSync(join(options.dataDir, 'mine.txt')));
  });
});
