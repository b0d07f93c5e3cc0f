/**
 * The generations of a projection in tables: schemas. Which of them is live stands in one row (projector/tables/generation.ts),
 * and whoever reads asks for it in the snapshot in which he reads; so readers go over when one transaction commits.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { sql } from 'kysely';
import { pino } from 'pino';
import { type Database, type Transaction, transact } from '../../../platform/database.ts';
import { OrderlogError } from '../../../platform/errors.ts';
import type { AnyEvent } from '../../../platform/events.ts';
import type { LogConnection } from '../../../platform/log/connection.ts';
import { openFeed } from '../../../projector/engine/feed.ts';
import { createGeneration, shapeOf, type TableRoles } from '../../../projector/tables/generation.ts';
import type { SumProjection } from '../../../projector/tables/projection.ts';
import { tableTarget } from '../../../projector/tables/tableTarget.ts';
import { leaseLost } from '../lease.ts';
import type { Generation, RebuildStore } from '../store.ts';
import { compareTables } from './compare.ts';
import { lockStandings, lockStandingsFor, readStandings, readTableLock, writeTableLock } from './records.ts';

export interface TableStoreOptions {
  /** As the database's owner. */
  readonly db: Database;
  readonly connection: LogConnection;
}

interface CheckpointRow {
  readonly shape: string;
  readonly sequence: bigint;
  readonly moves: bigint;
}

export async function tableStore<S, E extends AnyEvent>(
  { db, connection }: TableStoreOptions,
  projection: SumProjection<S, E>,
): Promise<RebuildStore> {
  const { name, stream } = projection;
  const shape = await shapeOf(projection);
  const logger = pino({ level: 'silent' });
  const writer = `${hostname()}/rebuild-${randomUUID()}`;
  const found = async (id: string): Promise<Generation> => {
    const row = await checkpointOf(db, id);
    return { id, isOfThisVersion: row.shape === shape };
  };
  const release = ({ id }: Pick<Generation, 'id'>, run: string) =>
    transact(db, async (tx) => {
      if ((await lockStandingsFor(tx, name, run)).live !== id) return false;
      await setRetired(tx, id, false);
      return true;
    });
  return {
    name,
    stream,
    shape,
    locks: {
      read: () => readTableLock(db, name),
      write: (lock, before) => writeTableLock(db, name, lock, before),
      free: (blocked, run) => release({ id: blocked }, run),
    },
    async find(standing) {
      const id = (await readStandings(db, name))?.[standing];
      return id ? found(id) : undefined;
    },
    create: async () => found(await createNext(db, projection)),
    drop: ({ id }) =>
      transact(db, async (tx) => {
        if ((await lockStandings(tx, name))?.live === id) throw leaseLost(name);
        await dropGeneration(tx, id);
      }),
    async liveState() {
      const live = (await readStandings(db, name))?.live;
      if (live === undefined) return undefined;
      // Tables move by a projector of their own shape alone: any other refuses them.
      const { sequence, moves, shape } = await checkpointOf(db, live);
      return { sequence: Number(sequence), beat: `${live} ${moves}`, shape };
    },
    openFeed({ id }, options) {
      const target = tableTarget(projection, { db, logger, writer, schema: id });
      return openFeed({ connection, logger, ...options }, { projection, target });
    },
    compare: (before, after, options) => compareTables(db, projection, [before.id, after.id], options),
    reopen: ({ id }) => setRetired(db, id, false),
    async prepare({ id }) {
      for (const table of ['states', ...Object.keys(projection.tables)]) {
        await sql`analyze ${sql.id(id, table)}`.execute(db);
      }
    },
    hold: ({ id }, run) =>
      transact(db, async (tx) => {
        await lockStandingsFor(tx, name, run);
        await setRetired(tx, id, true);
        return Number((await checkpointOf(tx, id)).sequence);
      }),
    release,
    swap: (live, next, run) =>
      transact(db, (tx) => swapSchemas(tx, name, { live: live.id, next: next.id, run })),
  };
}

async function checkpointOf(db: Database | Transaction, schema: string): Promise<CheckpointRow> {
  const { rows } = await sql<CheckpointRow>`
    select shape, sequence, moves from ${sql.id(schema, 'checkpoint')}`.execute(db);
  if (!rows[0]) throw new Error(`${schema} has no checkpoint`);
  return rows[0];
}

async function createNext<S, E extends AnyEvent>(
  db: Database,
  projection: SumProjection<S, E>,
): Promise<string> {
  const { name } = projection;
  return transact(db, async (tx) => {
    const roles = await rolesOf(tx, (await lockStandings(tx, name))?.live ?? '');
    const { rows } = await sql<{ last: number | null }>`
      select max(substring(nspname from ${`^${name}_([0-9]+)$`})::integer) as last
      from pg_namespace where nspname like ${`${name}\\_%`}`.execute(tx);
    const schema = `${name}_${(rows[0]?.last ?? 0) + 1}`;
    await createGeneration(tx, projection, schema, roles);
    await sql`update generations set next = ${schema} where projection = ${name}`.execute(tx);
    return schema;
  });
}

/** Those who may write and read the live tables may the next. */
async function rolesOf(tx: Transaction, schema: string): Promise<TableRoles> {
  const { rows } = await sql<{ grantee: string; writes: boolean }>`
    select grantee::text, bool_or(privilege_type = 'UPDATE') as writes
    from information_schema.role_table_grants
    where table_schema = ${schema} and table_name = 'checkpoint' and grantee <> current_user
    group by grantee`.execute(tx);
  const [writer, reader] = [true, false].map((does) => rows.find(({ writes }) => writes === does)?.grantee);
  if (writer !== undefined && reader !== undefined) return { writer, reader };
  throw new OrderlogError(
    'FAILED_PRECONDITION',
    'NOT_THE_OWNER',
    `who writes and who reads ${schema} cannot be seen: give the URL of the database's owner`,
  );
}

async function dropGeneration(tx: Transaction, schema: string): Promise<void> {
  await sql`drop schema ${sql.id(schema)} cascade`.execute(tx);
  await sql`
    update generations set next = nullif(next, ${schema}), previous = nullif(previous, ${schema})`.execute(
    tx,
  );
}

const setRetired = async (db: Database | Transaction, schema: string, isRetired: boolean): Promise<void> => {
  await sql`update ${sql.id(schema, 'checkpoint')} set is_retired = ${isRetired}`.execute(db);
};

/** Only from tables that are held, and by the run whose lock it is: the rows of both are locked meanwhile. */
async function swapSchemas(
  tx: Transaction,
  name: string,
  { live, next, run }: { readonly live: string; readonly next: string; readonly run: string },
): Promise<void> {
  const standings = await lockStandingsFor(tx, name, run);
  const { rows } = await sql<{ is_retired: boolean }>`
    select is_retired from ${sql.id(live, 'checkpoint')} for update`.execute(tx);
  if (standings.live !== live || !rows[0]?.is_retired) throw notHeld(live);
  const { previous } = standings;
  await sql`
    update generations set live = ${next}, previous = ${live}, next = nullif(next, ${next})
    where projection = ${name}`.execute(tx);
  if (previous !== null && previous !== next) await dropGeneration(tx, previous);
}

const notHeld = (live: string) =>
  new OrderlogError(
    'ABORTED',
    'NOT_HELD',
    `${live} is written again, since this rebuild was taken for dead: run it again, and it goes on from where it is`,
  );
