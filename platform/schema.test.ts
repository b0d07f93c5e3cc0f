import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { pino } from 'pino';
import { type DatabaseWithRoles, databaseWithRoles } from '../cli/servers/databaseWithRoles.testing.ts';
import { type FreshDatabase, freshDatabase, testFolder } from '../cli/servers/testing.ts';
import { type Database, openDatabase } from './database.ts';
import { until } from './log/logFixture.testing.ts';
import { migrate } from './migrate.ts';
import { untilMigrated } from './schema.ts';

const SOON_MS = 300;

describe('a service that somebody else migrates for', function () {
  this.timeout(120_000);
  let server: FreshDatabase;
  let database: DatabaseWithRoles;
  let folder: string;
  let db: Database;
  let said: string[];

  beforeEach(async () => {
    server = await freshDatabase();
    database = await databaseWithRoles(server.url);
    folder = mkdtempSync(join(testFolder(), 'schema-'));
    put('0001_a.sql');
    db = openDatabase({ url: database.url, applicationName: 'schema-test', maxConnections: 1 });
    said = [];
  });
  afterEach(async () => {
    await db.destroy();
    await database.drop();
    await server.drop();
    rmSync(folder, { recursive: true });
  });

  const put = (name: string) => writeFileSync(join(folder, name), `create table "${name}" ()`);
  const source = () => ({ scope: 's', folder });
  const byOwner = () =>
    migrate({ url: database.migrationUrl, runtimeRole: new URL(database.url).username, sources: [source()] });
  const wait = (signal = new AbortController().signal) => {
    const write = (line: string) => void said.push(JSON.parse(line).missing);
    return untilMigrated(db, [source()], pino({ level: 'warn' }, { write }), signal).then(() => 'migrated');
  };

  it('waits until all of its files were applied, and says for which it waits', async () => {
    const waiting = wait();
    await until('it says so', () => said.length > 0);
    assert.equal(await Promise.race([waiting, sleep(SOON_MS, 'waiting')]), 'waiting');
    await byOwner();
    assert.equal(await waiting, 'migrated');
    // Between the creation of the table and the grant.
    const other = said.splice(0).filter((why) => !/permission denied/.test(why));
    assert.deepEqual(other, ['relation "migrations" does not exist']);
    put('0002_b.sql');
    const more = wait();
    await until('it says so again', () => said.length > 0);
    assert.equal(await Promise.race([more, sleep(SOON_MS, 'waiting')]), 'waiting');
    await byOwner();
    assert.equal(await more, 'migrated');
    assert.deepEqual(said, ['s/0002_b.sql']);
  });

  it('takes a schema that is newer than its files', async () => {
    put('0002_b.sql');
    await byOwner();
    rmSync(join(folder, '0002_b.sql'));
    assert.equal(await wait(), 'migrated');
    assert.deepEqual(said, []);
  });

  it('stops waiting when it is told to', async () => {
    const stopping = new AbortController();
    const waiting = wait(stopping.signal);
    stopping.abort();
    assert.equal(await waiting, 'migrated');
  });
});
