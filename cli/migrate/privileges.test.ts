import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'mocha';
import pg from 'pg';
import { type DatabaseWithRoles, databaseWithRoles } from '../servers/databaseWithRoles.testing.ts';
import { ownerOf, readerOf, urlFor, withClient } from '../servers/serviceDatabase.ts';
import { testPostgres } from '../servers/testing.ts';
import { migrateDatabase, NAMES, type Name } from './migrate.ts';

/** Before PostgreSQL 16 some privileges are "had". */
const DENIED = /permission denied|must (?:be superuser|have admin option)/;
const OWNERS_ONLY = /must be owner/;
const suffix = randomBytes(4).toString('hex');
const databaseOf = (name: Name) => `${name}_${suffix}`;

/** Of every database: one that its service may write, but whose rows are never changed. */
const APPEND_ONLY = ['events', 'requests'];

describe('the roles of the databases', function () {
  this.timeout(180_000);
  let adminUrl: string;
  const databases = new Map<Name, DatabaseWithRoles>();

  before(async () => {
    ({ url: adminUrl } = await testPostgres());
    for (const name of NAMES) {
      const database = await databaseWithRoles(adminUrl, databaseOf(name));
      databases.set(name, database);
      // As an operator makes it, who gives nobody a privilege (deploy/k8s/components/postgres-cloudnativepg).
      await withClient(adminUrl, async (client) => {
        const id = pg.escapeIdentifier(databaseOf(name));
        await client.query(`revoke all on database ${id} from ${pg.escapeIdentifier(databaseOf(name))}`);
        await client.query(`grant connect on database ${id} to public`);
      });
      const wish = { db: database.migrationUrl, role: databaseOf(name), reader: readerOf(databaseOf(name)) };
      await migrateDatabase(name, wish, {}, () => undefined);
    }
  });
  after(async () => {
    for (const { drop } of databases.values()) await drop();
  });

  const urlOf = (name: Name): string => databases.get(name)?.url ?? '';
  const refused = (url: string, statement: string, why: RegExp) =>
    assert.rejects(
      withClient(url, (client) => client.query(statement)),
      why,
    );

  for (const name of NAMES.filter((each) => each !== 'analytics')) {
    it(`let ${name} add to its history, and never change it`, async () => {
      const url = urlOf(name);
      for (const table of APPEND_ONLY) {
        await withClient(url, (client) => client.query(`select count(*) from ${table}`));
        await refused(url, `update ${table} set time = now()`, DENIED);
        await refused(url, `delete from ${table}`, DENIED);
        await refused(url, `truncate ${table}`, DENIED);
        await refused(url, `alter table ${table} disable trigger all`, OWNERS_ONLY);
        await refused(url, `drop table ${table}`, OWNERS_ONLY);
      }
      await refused(url, 'delete from migrations', DENIED);
    });
  }

  for (const name of NAMES) {
    it(`let ${name} make nothing, and become nobody else`, async () => {
      const url = urlOf(name);
      await refused(url, 'create table public.x ()', DENIED);
      await refused(url, 'create temporary table x ()', DENIED);
      await refused(url, 'create schema x', DENIED);
      await refused(url, 'create role x', DENIED);
      await refused(url, `set role ${ownerOf(databaseOf(name))}`, DENIED);
      await refused(url, `grant ${ownerOf(databaseOf(name))} to current_user`, DENIED);
      await refused(url, "copy (select 1) to program 'true'", DENIED);
    });

    it(`let ${name}, its owner and its reader into no database but theirs`, async () => {
      const others = NAMES.filter((each) => each !== name).map(databaseOf);
      const own = databases.get(name);
      for (const url of [own?.url, own?.migrationUrl, own?.readerUrl]) {
        for (const other of others) {
          await refused(urlFor(url ?? '', other), 'select', /permission denied for database/);
        }
      }
    });
  }

  it('let the reader of analytics read', async () => {
    const { readerUrl = '' } = databases.get('analytics') ?? {};
    await withClient(readerUrl, (client) => client.query('select * from generations'));
    await refused(readerUrl, 'delete from generations', DENIED);
    await refused(readerUrl, 'create table public.x ()', DENIED);
  });
});
