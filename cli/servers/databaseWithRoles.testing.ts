/** A service's database as the launcher makes it, with all of its roles, for tests. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { ensureServiceDatabase, withClient } from './serviceDatabase.ts';

export interface DatabaseWithRoles {
  readonly url: string;
  readonly migrationUrl: string;
  readonly readerUrl: string;
  /** With its roles. */
  drop(): Promise<void>;
}

/** A new one; `adminUrl`: the superuser's. */
export async function databaseWithRoles(
  adminUrl: string,
  name = `analytics_${randomBytes(6).toString('hex')}`,
): Promise<DatabaseWithRoles> {
  const passwords = { ownerPassword: 'owner', password: 'runtime', readerPassword: 'reader' };
  const urls = await ensureServiceDatabase(adminUrl, { name, ...passwords });
  return {
    ...urls,
    readerUrl: urls.readerUrl ?? '',
    drop: () =>
      withClient(adminUrl, async (client) => {
        await client.query(`drop database ${pg.escapeIdentifier(name)} with (force)`);
        for (const role of [name, `${name}_owner`, `${name}_reader`]) {
          await client.query(`drop role ${pg.escapeIdentifier(role)}`);
        }
      }),
  };
}
