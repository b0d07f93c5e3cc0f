/** The schemas that this version has, and whose they are. */
import { databaseUrl } from '../../platform/databaseUrl.ts';
import { migrateWhenReachable } from '../../platform/schema.ts';
import { analyticsTables } from '../../projector/analytics/projection.ts';
import { ensureTables, tableMigrations } from '../../projector/tables/generation.ts';
import { localSystem } from '../localSystem.ts';
import { reach } from '../recover/open.ts';
import { recoverable } from '../recover/services.ts';
import { readerOf } from '../servers/serviceDatabase.ts';
import { givenUrl } from '../storeUrls.ts';

export const NAMES = ['order', 'catalog', 'payment', 'analytics'] as const;
export type Name = (typeof NAMES)[number];

export interface Wish {
  /** As the owner. */
  readonly db?: string;
  readonly role?: string;
  readonly reader?: string;
}

/** Returns the files that were applied; `tell` hears what it waits for. Throws OrderlogError if the database cannot be reached in time. */
export async function migrateDatabase(
  name: Name,
  { db, role = name, reader = readerOf(name) }: Wish,
  env: NodeJS.ProcessEnv,
  tell: (why: string) => void,
): Promise<readonly string[]> {
  const variable = `ORDERLOG_${name.toUpperCase()}_MIGRATION_DATABASE_URL`;
  const schema = databaseUrl(`${name}_owner`, name);
  const url = givenUrl({ option: '--db', variable, schema }, db, env) ?? localUrl(name, env);
  const { signal } = new AbortController();
  const service = recoverable.find((each) => each.name === name);
  const sources = service ? service.migrations : [tableMigrations];
  return reach('PostgreSQL', async () => {
    const onWait = () => tell(`the database ${name} cannot be reached yet, trying on`);
    const owner = { url, runtimeRole: role, sources, onWait, onLocked: tell };
    const applied = await migrateWhenReachable(owner, signal);
    if (!service) await ensureTables(url, analyticsTables, { writer: role, reader });
    return applied;
  });
}

function localUrl(name: Name, env: NodeJS.ProcessEnv): string {
  const { databases, analytics } = localSystem(env);
  return (name === 'analytics' ? analytics : databases[name]).migrationUrl;
}
