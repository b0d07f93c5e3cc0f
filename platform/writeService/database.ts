/** The database of a service: its schema, and its pools. */
import { join } from 'node:path';
import { type Database, openDatabase } from '../database.ts';
import { roleIn } from '../databaseUrl.ts';
import type { AnyEvent } from '../events.ts';
import { createKnownRecord, type KnownRecord } from '../log/knownRecord.ts';
import type { MigrationSource } from '../migrate.ts';
import { migrateWhenReachable, untilMigrated } from '../schema.ts';
import { measurePools } from '../telemetry/measureOthers.ts';
import type { Base } from './base.ts';

/** rpcs have a pool of their own, and all that drains the system has the other: overload sheds only new sagas. */
export interface Pools {
  readonly rpcDb: Database;
  readonly db: Database;
  /** Of the relay's record: by it each new connection is judged. */
  readonly known: KnownRecord;
}

const PLATFORM_MIGRATIONS: MigrationSource = {
  scope: 'platform',
  folder: join(import.meta.dirname, '..', 'sql'),
};

/** Returns when the schema is there: made by its owner, if we are told who that is, or else waited for. */
export async function haveSchema<S, C, E extends AnyEvent>(base: Base<S, C, E>): Promise<void> {
  const { config, spec, stopping, lifecycle } = base;
  const { logger } = lifecycle;
  const sources = [PLATFORM_MIGRATIONS, spec.migrations];
  const { ORDERLOG_MIGRATION_DATABASE_URL: url, ORDERLOG_DATABASE_URL: own } = config;
  if (url === undefined) {
    const db = openDatabase({ url: own, applicationName: 'orderlog-schema', maxConnections: 1 });
    try {
      return await untilMigrated(db, sources, logger, stopping);
    } finally {
      await db.destroy();
    }
  }
  const runtimeRole = roleIn(own);
  const onWait = (error: unknown) =>
    logger.warn({ err: error }, 'the database cannot be reached yet, trying on');
  const onLocked = (why: string) => {
    logger.warn(why);
    lifecycle.waiting(why);
  };
  const applied = await migrateWhenReachable({ url, runtimeRole, sources, onWait, onLocked }, stopping);
  if (applied.length > 0) logger.info({ applied }, 'migrated');
}

/** `onDoubt`: told why a connection was refused, since its database is behind what this process knows of it. */
export function openPools<S, C, E extends AnyEvent>(
  { config, spec, lifecycle }: Base<S, C, E>,
  onDoubt: (why: string) => void,
): Pools {
  const known = createKnownRecord(spec.stream.name, onDoubt);
  const onPool = measurePools(spec.meter);
  const open = (name: string): Database => {
    const db = openDatabase({
      url: config.ORDERLOG_DATABASE_URL,
      applicationName: `orderlog-${name}`,
      maxConnections: config.ORDERLOG_DATABASE_CONNECTIONS,
      prepare: true,
      onIdleError: (error) => lifecycle.logger.warn({ err: error }, 'an idle database connection broke'),
      onPool: (counts) => onPool(name, counts),
      verify: known.verify,
    });
    lifecycle.onStop(`the pool ${name}`, () => db.destroy());
    return db;
  };
  const { service } = spec.model;
  return { known, rpcDb: open(`${service}-rpc`), db: open(service) };
}
