import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import pg from 'pg';
import { type FreshDatabase, freshDatabase, testFolder } from '../cli/servers/testing.ts';
import { isInfrastructureError } from './database.ts';
import { migrate } from './migrate.ts';

const RUNTIME = 'orderlog_runtime_of_migrate_test';

describe('migrate', () => {
  let database: FreshDatabase;
  let owner: pg.Client;
  let folder: string;

  before(async function () {
    this.timeout(120_000);
    const { url, drop } = await freshDatabase();
    await query(url, `create role ${RUNTIME} login password 'secret'`);
    await drop();
  });
  beforeEach(async () => {
    database = await freshDatabase();
    owner = new pg.Client({ connectionString: database.url });
    await owner.connect();
    folder = mkdtempSync(join(testFolder(), 'migrations '));
  });
  afterEach(async () => {
    await owner.end();
    await database.drop();
    rmSync(folder, { recursive: true });
  });
  after(async () => {
    const { url, drop } = await freshDatabase();
    await query(url, `drop role ${RUNTIME}`);
    await drop();
  });

  const put = (name: string, text: string, into = folder) => {
    mkdirSync(into, { recursive: true });
    writeFileSync(join(into, name), text);
  };
  const run = (...folders: string[]) =>
    migrate({
      url: database.url,
      runtimeRole: RUNTIME,
      sources: (folders.length > 0 ? folders : [folder]).map((each, index) => ({
        scope: `s${index}`,
        folder: each,
      })),
    });
  const tables = async () => {
    const { rows } = await owner.query<{ t: string }>(
      "select tablename as t from pg_tables where schemaname = 'public' and tablename <> 'migrations' order by 1",
    );
    return rows.map((row) => row.t);
  };

  it('applies the files of each source in order, each once', async () => {
    put('0001_a.sql', 'create table a (n integer)');
    put('0002_b.sql', 'alter table a rename to b');
    put('0001_c.sql', 'create table c as select * from b', join(folder, 'second'));
    assert.deepEqual(await run(folder, join(folder, 'second')), ['0001_a.sql', '0002_b.sql', '0001_c.sql']);
    assert.deepEqual(await run(folder, join(folder, 'second')), []);
    put('0003_d.sql', 'create table d ()');
    assert.deepEqual(await run(folder, join(folder, 'second')), ['0003_d.sql']);
    assert.deepEqual(await tables(), ['b', 'c', 'd']);
  });

  it('refuses a file that was changed after it was applied', async () => {
    put('0001_a.sql', 'create table a ()');
    await run();
    put('0001_a.sql', 'create table a () ');
    put('0002_b.sql', 'create table b ()');
    await assert.rejects(run(), /s0\/0001_a.sql was changed after it was applied/);
    assert.deepEqual(await tables(), ['a']);
  });

  it('refuses gaps and names that are no numbers, before anything is applied', async () => {
    put('0001_a.sql', 'create table a ()');
    put('0003_c.sql', 'create table c ()');
    await assert.rejects(run(), /0003_c.sql of s0: expected number 2/);
    rmSync(join(folder, '0003_c.sql'));
    put('later.sql', 'create table c ()');
    await assert.rejects(run(), /later.sql of s0: expected number 2/);
    assert.deepEqual(await tables(), []);
  });

  it('rolls a failing file back, keeps those before it, and goes on from there once it is mended', async () => {
    put('0001_a.sql', 'create table a ()');
    put('0002_b.sql', 'create table b (); insert into nowhere values (1)');
    await assert.rejects(run(), /s0\/0002_b.sql failed: relation "nowhere" does not exist/);
    assert.deepEqual(await tables(), ['a']);
    put('0002_b.sql', 'create table b ()');
    assert.deepEqual(await run(), ['0002_b.sql']);
    assert.deepEqual(await tables(), ['a', 'b']);
  });

  it('lets replicas start together: each file is applied by one of them', async () => {
    put('0001_a.sql', 'select pg_sleep(0.2); create table a ()');
    put('0002_b.sql', 'create table b ()');
    const applied = await Promise.all(Array.from({ length: 6 }, () => run()));
    assert.deepEqual(applied.flat().sort(), ['0001_a.sql', '0002_b.sql']);
    assert.deepEqual(await tables(), ['a', 'b']);
  });

  describe('that has to wait', function () {
    this.timeout(60_000);
    let told: string[];
    const runTelling = () => {
      told = [];
      const sources = [{ scope: 's0', folder }];
      const onLocked = (why: string) => void told.push(why);
      return migrate({ url: database.url, runtimeRole: RUNTIME, sources, onLocked });
    };

    it('for a table has nobody wait behind it for long, says for whom, and is done once it can be', async () => {
      put('0001_a.sql', 'create table a (n integer)');
      await run();
      put('0002_b.sql', 'alter table a add column m integer');
      const reader = new pg.Client({ connectionString: database.url, application_name: 'a long reader' });
      reader.on('error', () => undefined);
      await reader.connect();
      await reader.query('begin');
      await reader.query('select from a');
      const migrating = runTelling();
      await owner.query("set statement_timeout = '10s'");
      while (told.length === 0) {
        // Waits as long as the migration does.
        await owner.query('select from a');
        await sleep(20);
      }
      assert.match(
        told[0] ?? '',
        /^migration s0\/0002_b.sql needs a lock that a long reader \(process \d+\) has/,
      );
      await reader.query('commit');
      assert.deepEqual(await migrating, ['0002_b.sql']);
      await owner.query('select m from a');
      await reader.end();
    });

    it('for another that migrates says so once', async () => {
      put('0001_a.sql', 'create table a ()');
      await owner.query('select pg_advisory_lock(8030591472429199207)');
      const migrating = runTelling();
      while (told.length === 0) await sleep(10);
      await owner.query('select pg_advisory_unlock(8030591472429199207)');
      assert.deepEqual(await migrating, ['0001_a.sql']);
      assert.deepEqual(told, ['another process migrates this database: waiting until it has']);
    });
  });

  it('outlives a server that ends its connection, and says that the server is to blame', async () => {
    put('0001_a.sql', 'select pg_sleep(20)');
    const running = assert.rejects(run(), (error) => isInfrastructureError(error));
    const terminate = `select pg_terminate_backend(pid) as done from pg_stat_activity
      where application_name = 'orderlog-migrate' and datname = current_database() and query like '%pg_sleep(20)%'`;
    while ((await owner.query(terminate)).rowCount === 0) await sleep(10);
    await running;
    put('0001_a.sql', 'create table a ()');
    assert.deepEqual(await run(), ['0001_a.sql']);
  });

  it('does not wait for ever for a server that takes connections and says nothing', async () => {
    put('0001_a.sql', 'create table a ()');
    const silent = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const { port } = silent.address() as { port: number };
    const url = `postgres://x:y@127.0.0.1:${port}/x`;
    const sources = [{ scope: 's', folder }];
    await assert.rejects(migrate({ url, runtimeRole: RUNTIME, sources }), (error) =>
      isInfrastructureError(error),
    );
    silent.close();
  });

  it('gives the runtime role what it needs on the platform, and no way to change the past', async () => {
    await run('platform/sql');
    const url = Object.assign(new URL(database.url), { username: RUNTIME, password: 'secret' }).href;
    const runtime = new pg.Client({ connectionString: url });
    await runtime.connect();
    const denied = /permission denied/;
    await runtime.query(`insert into events (stream_id, version, event_id, type, partition, time, payload)
      values ('a', 1, gen_random_uuid(), 't', 0, now(), '')`);
    await runtime.query(`insert into requests values ('c', 'm', gen_random_uuid(), '', 0, '', now())`);
    for (const table of ['events', 'requests']) {
      await runtime.query(`select * from ${table}`);
      await assert.rejects(runtime.query(`update ${table} set time = now()`), denied);
      await assert.rejects(runtime.query(`delete from ${table}`), denied);
      await assert.rejects(runtime.query(`truncate ${table}`), denied);
    }
    await assert.rejects(runtime.query('alter table events disable trigger all'), /must be owner/);
    await assert.rejects(runtime.query('drop table events'), /must be owner/);
    await runtime.query('select * from migrations');
    await assert.rejects(runtime.query('delete from migrations'), denied);
    for (const table of ['outbox', 'relay', 'leases', 'checkpoints', 'members', 'parked_events', 'tasks']) {
      await runtime.query(`delete from ${table}`);
    }
    await runtime.end();
  });
});

async function query(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(text).finally(() => client.end());
}
