/**
 * Statements that are parsed and planned once a connection, and then only executed: with a few hundred different texts that
 * come for ever, planning is a good part of what the database does for a small batch.
 *
 * Plans are made for any parameters, when tables may still be empty, and are kept while these grow: so sequential scans
 * are planned only where nothing else is possible. A join does not help with that: a table that is taken for empty is gone
 * through as a whole, and for each of its rows what is joined to it. So rows that are given are found by `= any(keys)`, and
 * what is to be sought once is a materialized query of its own.
 *
 * A statement that reads `select *` from a table is left as it is: its plan would be refused after a migration that adds a
 * column, on connections that were there before.
 */
import type { Socket } from 'node:net';
import type { PostgresPool, PostgresPoolClient } from 'kysely';
import type pg from 'pg';
import { parameterText } from './parameterText.ts';

/**
 * Startup options of connections whose statements are prepared. A plan for any limit is one for a tenth of all rows: behind a
 * large backlog it would start workers for each page, and have itself compiled, which takes longer than to read the page.
 */
export const PREPARED_OPTIONS = [
  'plan_cache_mode=force_generic_plan',
  'enable_seqscan=off',
  'max_parallel_workers_per_gather=0',
  'jit=off',
]
  .map((setting) => `-c ${setting}`)
  .join(' ');

/** Above that, texts are made up as they come, and would fill the server's memory. */
const MAX_STATEMENTS = 300;

/** Of all connections of the process: the same text has the same name everywhere. */
const names = new Map<string, string>();

/** undefined: it is not to be prepared. */
export function statementName(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined) return known;
  if (names.size >= MAX_STATEMENTS || /select \*(?! from (?:unnest)?\()/.test(text)) return undefined;
  const name = `orderlog_${names.size + 1}`;
  names.set(text, name);
  return name;
}

/** The pool, as kysely uses it. */
export function preparing(pool: pg.Pool): PostgresPool {
  const prepared = new WeakMap<pg.PoolClient, PostgresPoolClient>();
  return {
    async connect() {
      const client = await pool.connect();
      const known = prepared.get(client) ?? preparingClient(client);
      prepared.set(client, known);
      return known;
    },
    end: () => pool.end(),
  };
}

function preparingClient(client: pg.PoolClient): PostgresPoolClient {
  const { stream } = (client as unknown as { readonly connection: { readonly stream: Socket } }).connection;
  return {
    query(text: string, values: readonly unknown[]) {
      const name = values.length > 0 ? statementName(text) : undefined;
      // Statements that are issued together are one write.
      if (stream.writableCorked === 0) {
        stream.cork();
        process.nextTick(() => stream.uncork());
      }
      return client.query({ text, values: values.map(parameterText), ...(name !== undefined && { name }) });
    },
    release: () => client.release(),
  } as unknown as PostgresPoolClient;
}
