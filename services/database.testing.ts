/** A service's own database for a test: migrated, and used as the role that the service runs as. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { ensureServiceDatabase, withClient } from '../cli/servers/serviceDatabase.ts';
import { testPostgres } from '../cli/servers/testing.ts';
import { type Database, openDatabase } from '../platform/database.ts';
import { migrate } from '../platform/migrate.ts';

export interface TestDatabase {
  readonly db: Database;
  drop(): Promise<void>;
}

export async function migratedDatabase(service: 'order' | 'catalog' | 'payment'): Promise<TestDatabase> {
  const { url: adminUrl } = await testPostgres();
  const name = `${service}_${randomBytes(6).toString('hex')}`;
  const { url, migrationUrl } = await ensureServiceDatabase(adminUrl, {
    name,
    ownerPassword: 'owner',
    password: 'runtime',
  });
  const sources = [
    { scope: 'platform', folder: 'platform/sql' },
    { scope: service, folder: `services/${service}/sql` },
  ];
  await migrate({ url: migrationUrl, runtimeRole: name, sources });
  const db = openDatabase({ url, applicationName: 'test', maxConnections: 6 });
  return {
    db,
    async drop() {
      await db.destroy();
      await withClient(adminUrl, async (client) => {
        await client.query(`drop database ${pg.escapeIdentifier(name)} with (force)`);
        await client.query(`drop role ${pg.escapeIdentifier(name)}, ${pg.escapeIdentifier(`${name}_owner`)}`);
      });
    },
  };
}
