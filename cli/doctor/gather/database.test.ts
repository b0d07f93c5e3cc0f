import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'mocha';
import pg from 'pg';
import { migrateDatabase } from '../../migrate/migrate.ts';
import { type DatabaseWithRoles, databaseWithRoles } from '../../servers/databaseWithRoles.testing.ts';
import { withClient } from '../../servers/serviceDatabase.ts';
import { testPostgres } from '../../servers/testing.ts';
import { databaseFacts } from './database.ts';

const OTHERS = 5;

describe('what the doctor sees of a database, as the role that the service runs as', function () {
  this.timeout(120_000);
  const role = `order_${randomBytes(6).toString('hex')}`;
  let adminUrl: string;
  let database: DatabaseWithRoles;
  const facts = () => databaseFacts({ url: database.url }, []);

  before(async () => {
    ({ url: adminUrl } = await testPostgres());
    database = await databaseWithRoles(adminUrl, role);
    await migrateDatabase('order', { db: database.migrationUrl, role }, {}, () => undefined);
  });
  after(() => database?.drop());

  /** While somebody follows as a standby does. */
  const whileFollowed = <T>(work: () => Promise<T>): Promise<T> => {
    const url = new URL(adminUrl);
    url.searchParams.set('replication', 'database');
    return withClient(url.href, work);
  };

  it('are the sessions of all roles', async () => {
    const asOwner = () => new pg.Client({ connectionString: database.migrationUrl });
    const others = Array.from({ length: OTHERS }, asOwner);
    try {
      for (const other of others) await other.connect();
      const { used } = (await facts()).connections;
      assert.ok(used > OTHERS, `${used} connections`);
    } finally {
      await Promise.all(others.map((other) => other.end()));
    }
  });

  it('is that there are standbys, if not more, and that nobody waits for them', async () => {
    const standbys = { asynchronous: 0, unseen: 0, isAnyWaitedFor: false };
    assert.deepEqual((await facts()).standbys, standbys);
    const followed = await whileFollowed(facts);
    assert.deepEqual(followed.standbys, { ...standbys, unseen: 1 });
  });

  it('is of standbys whether they are waited for, if it is granted pg_monitor', async () => {
    await withClient(adminUrl, (client) => client.query(`grant pg_monitor to ${pg.escapeIdentifier(role)}`));
    const { standbys } = await whileFollowed(facts);
    assert.deepEqual(standbys, { asynchronous: 1, unseen: 0, isAnyWaitedFor: false });
  });
});
