import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, it } from 'mocha';
import { migrateDatabase } from '../migrate/migrate.ts';
import { type DatabaseWithRoles, databaseWithRoles } from '../servers/databaseWithRoles.testing.ts';
import { withClient } from '../servers/serviceDatabase.ts';
import { testPostgres } from '../servers/testing.ts';

describe('orderlog migrate', function () {
  this.timeout(120_000);
  let database: DatabaseWithRoles;
  let role: string;
  before(async () => {
    database = await databaseWithRoles((await testPostgres()).url);
    role = new URL(database.url).username;
  });
  after(() => database.drop());

  const waited: string[] = [];
  const migrate = (env: NodeJS.ProcessEnv, db?: string) =>
    migrateDatabase('catalog', { role, ...(db !== undefined && { db }) }, env, () => waited.push('catalog'));
  const asRole = (sql: string) => withClient(database.url, (client) => client.query(sql));

  it('brings an empty database up, for the role that the service runs as, and is done when asked again', async () => {
    const env = { ORDERLOG_CATALOG_MIGRATION_DATABASE_URL: database.migrationUrl };
    const applied = await migrate(env);
    assert.ok(
      applied.some((file) => file.endsWith('0001_platform.sql')),
      applied.join(),
    );
    assert.deepEqual((await asRole('select * from items')).rows, []);
    // History is append-only by privilege.
    await assert.rejects(asRole('delete from events'), /permission denied/);
    assert.deepEqual(await migrate(env), []);
    assert.deepEqual(await migrate({}, database.migrationUrl), []);
    assert.deepEqual(waited, []);
  });

  it('says which system is missing where it is given no database', async () => {
    await assert.rejects(migrate({ ORDERLOG_DATA_DIR: '/nowhere' }), /no system was started in \/nowhere/);
  });

  it('does as much from a shell, in one line of JSON, and keeps the password to itself', async () => {
    const url = new URL(database.migrationUrl);
    const { password } = url;
    url.password = '';
    const env = {
      ...process.env,
      PGPASSWORD: password,
      ORDERLOG_CATALOG_MIGRATION_DATABASE_URL: url.href,
    };
    const args = ['cli/bin.js', 'migrate', 'catalog', '--role', role, '--json'];
    const { stdout, stderr } = await new Promise<{ stdout: string; stderr: string }>((resolve) =>
      execFile(process.execPath, args, { env }, (_, stdout, stderr) => resolve({ stdout, stderr })),
    );
    assert.deepEqual([stdout, stderr], ['{"database":"catalog","applied":[]}\n', '']);
  });
});
