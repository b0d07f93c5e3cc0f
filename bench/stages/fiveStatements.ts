/**
 * What one would do without Orderlog: a transaction an order, of five statements (the order, its two lines, the stock, an
 * outbox row), by as many clients as PostgreSQL is usually measured with. By pgbench with prepared statements, or by node-postgres
 * where there is no pgbench.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { findOnPath, runCommand } from '../../cli/servers/commands.ts';
import { urlFor, withClient } from '../../cli/servers/serviceDatabase.ts';
import type { Turn } from '../bench/measure.ts';
import { assertCounts } from './counts.ts';
import { closedLoop } from './pace.ts';

export const CLIENTS = 32;
const ITEMS = 100;
/** So many that no two are the same: a duplicate key would end the client. */
const MAX_ID = 2n ** 62n;
/** As long as the bytes of an event. */
const PAYLOAD = 'x'.repeat(250);

const SCHEMA = `
  create table items (sku integer primary key, on_hand bigint not null, check (on_hand >= 0)) with (fillfactor = 80);
  create table orders (order_id bigint primary key, customer_id text not null, status text not null, created_at timestamptz not null);
  create table order_lines (order_id bigint, line smallint, sku integer not null, quantity integer not null, primary key (order_id, line));
  create table outbox (id bigint primary key generated always as identity, order_id bigint not null, payload bytea not null);
  insert into items select n, 1000000000 from generate_series(1, ${ITEMS}) n`;

const STATEMENTS = {
  order: 'insert into orders values (:id, :customer, :status, now())',
  first: 'insert into order_lines values (:id, 1, :sku, 2)',
  second: 'insert into order_lines values (:id, 2, :sku2, 1)',
  stock: 'update items set on_hand = on_hand - 3 where sku = :sku',
  outbox: 'insert into outbox (order_id, payload) values (:id, :payload)',
};

const SCRIPT = `\\set id random(1, ${MAX_ID})
\\set sku random(1, ${ITEMS})
\\set sku2 random(1, ${ITEMS})
begin;
${Object.values(STATEMENTS)
  .map((text) =>
    text
      .replace(':customer', "'customer-1'")
      .replace(':status', "'PENDING'")
      .replace(':payload', `'${PAYLOAD}'`),
  )
  .join(';\n')};
commit;
`;

interface Ran extends Turn {
  readonly transactions: number;
}

/** Makes the tables in a database of their own; how they are measured. A turn throws unless all of it is in them. */
export async function fiveStatements(
  adminUrl: string,
  folder: string,
): Promise<(seconds: number) => Promise<Turn>> {
  await withClient(adminUrl, (client) => client.query('create database five_statements'));
  const url = urlFor(adminUrl, 'five_statements');
  await withClient(url, (client) => client.query(SCHEMA));
  const run = await runnerOf(url, folder);
  let all = 0;
  return async (seconds) => {
    // As whoever publishes them would have done.
    await withClient(url, (client) => client.query('truncate outbox'));
    const { transactions, ...turn } = await run(seconds);
    all += transactions;
    await assertWritten(url, all, transactions);
    return turn;
  };
}

async function runnerOf(url: string, folder: string): Promise<(seconds: number) => Promise<Ran>> {
  const pgbench = findOnPath('pgbench', process.env);
  if (pgbench === undefined) return (seconds) => byClient(url, seconds);
  const file = join(folder, 'fiveStatements.sql');
  await writeFile(file, SCRIPT);
  return (seconds) => byPgbench('pgbench', url, file, seconds);
}

/** `all` transactions, `turn` of them since the outbox was emptied. */
const assertWritten = (url: string, all: number, turn: number): Promise<void> =>
  withClient(url, async (client) => {
    const { rows } = await client.query<{ orders: number; lines: number; outbox: number }>(
      `select (select count(*)::integer from orders) as orders,
        (select count(*)::integer from order_lines) as lines, (select count(*)::integer from outbox) as outbox`,
    );
    assertCounts('five statements', rows[0], { orders: all, lines: 2 * all, outbox: turn });
  });

async function byPgbench(pgbench: string, url: string, file: string, seconds: number): Promise<Ran> {
  const { hostname, port, username, password, pathname } = new URL(url);
  const clients = [
    '-c',
    String(CLIENTS),
    '-j',
    '2',
    '-M',
    'prepared',
    '-n',
    '-T',
    String(Math.ceil(seconds)),
  ];
  const server = ['-h', hostname, '-p', port, '-U', decodeURIComponent(username), pathname.slice(1)];
  const said = await runCommand(pgbench, [...clients, '-f', file, ...server], {
    env: { ...process.env, PGPASSWORD: decodeURIComponent(password) },
    timeoutMs: (seconds + 60) * 1_000,
  });
  const rate = Number(/^tps = ([\d.]+)/m.exec(said)?.[1]);
  const transactions = Number(/^number of transactions actually processed: (\d+)/m.exec(said)?.[1]);
  if (!(rate > 0 && transactions > 0)) throw new Error(`pgbench said: ${said}`);
  return { rate, transactions, detail: { by: 'pgbench', clients: CLIENTS } };
}

async function byClient(url: string, seconds: number): Promise<Ran> {
  let transactions = 0;
  const pool = new pg.Pool({ connectionString: url, max: CLIENTS });
  const statement = (name: keyof typeof STATEMENTS, values: unknown[]) => {
    let at = 0;
    return { name, text: STATEMENTS[name].replace(/:\w+/g, () => `$${++at}`), values };
  };
  const transaction = async () => {
    const client = await pool.connect();
    try {
      const id = randomBytes(8).readBigUInt64BE() % MAX_ID;
      const [sku, sku2] = [1 + randomInt(ITEMS), 1 + randomInt(ITEMS)];
      await client.query('begin');
      await client.query(statement('order', [id, 'customer-1', 'PENDING']));
      await client.query(statement('first', [id, sku]));
      await client.query(statement('second', [id, sku2]));
      await client.query(statement('stock', [sku]));
      await client.query(statement('outbox', [id, PAYLOAD]));
      await client.query('commit');
      transactions++;
    } finally {
      client.release();
    }
  };
  try {
    const rate = await closedLoop(CLIENTS, seconds, transaction);
    return { rate, transactions, detail: { by: 'node-postgres', clients: CLIENTS } };
  } finally {
    await pool.end();
  }
}
