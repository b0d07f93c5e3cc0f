import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { after, before, describe, it } from 'mocha';
import { freshDatabase } from '../cli/servers/testing.ts';
import { type Database, openDatabase } from './database.ts';
import { statementName } from './preparedStatements.ts';

describe('prepared statements', () => {
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  let db: Database;
  before(async function () {
    this.timeout(120_000);
    database = await freshDatabase();
    db = openDatabase({
      url: database.url,
      applicationName: 'test',
      maxConnections: 1,
      prepare: true,
    });
    await sql`create table things (id integer primary key, name text not null)`.execute(db);
  });
  after(async () => {
    await db.destroy();
    await database.drop();
  });

  const nameOf = async (id: number) =>
    (await sql<{ name: string }>`select name from things where id = any(${[id]}::integer[])`.execute(db))
      .rows[0]?.name;
  const all = (id: number) => sql`select * from things where id = ${id}`.execute(db);

  it('are planned once, for any parameters, and by an index although the table was empty', async () => {
    for (const id of [1, 2, 3]) assert.equal(await nameOf(id), undefined);
    await sql`insert into things select n, 'thing ' || n from generate_series(1, 1000) n`.execute(db);
    assert.equal(await nameOf(7), 'thing 7');
    const { rows } = await sql<{ name: string }>`
      select name, generic_plans::integer as generic, custom_plans::integer as custom from pg_prepared_statements
      where statement like 'select name from things%'`.execute(db);
    const nameOfPlan = rows[0]?.name ?? '';
    assert.deepEqual(rows, [{ name: nameOfPlan, generic: 4, custom: 0 }]);
    const plan = await sql<{
      'QUERY PLAN': string;
    }>`explain execute ${sql.raw(nameOfPlan)}(array[7])`.execute(db);
    assert.match(JSON.stringify(plan.rows), /Index Scan|Bitmap/);
  });

  it('are given no workers and no compiler by a plan for many rows, of which a page is read', async () => {
    await sql`create table parts (id text primary key, body text not null)`.execute(db);
    await sql`create table queue (id bigint primary key, part text not null)`.execute(db);
    await sql`insert into parts select md5(n::text), repeat('x', 300) from generate_series(1, 200000) n`.execute(
      db,
    );
    await sql`insert into queue select n, md5(n::text) from generate_series(1, 150000) n`.execute(db);
    await sql`analyze parts, queue`.execute(db);
    const page = (limit: number) => sql<{ id: string }>`
      select q.id, sum(octet_length(p.body)) over (order by q.id rows unbounded preceding) as bytes
      from queue q join parts p on p.id = q.part order by q.id limit ${limit}`;
    assert.equal((await page(10).execute(db)).rows.length, 10);
    const name = statementName(page(10).compile(db).sql);
    const plan = await sql`explain (analyze) execute ${sql.raw(name ?? '')}(10)`.execute(db);
    assert.doesNotMatch(JSON.stringify(plan.rows), /Gather|JIT/);
  });

  it('go on when a migration adds a column', async () => {
    assert.equal((await all(7)).rows.length, 1);
    await sql`alter table things add column color text`.execute(db);
    assert.equal(await nameOf(7), 'thing 7');
    assert.deepEqual((await all(7)).rows, [{ id: 7, name: 'thing 7', color: null }]);
  });

  it('have one name for one text, and none where the columns are not named', () => {
    const name = statementName('select id from things where id = $1');
    assert.equal(statementName('select id from things where id = $1'), name);
    assert.notEqual(statementName('select name from things where id = $1'), name);
    for (const text of [
      'select * from things where id = $1',
      'select *, 1 as one from things where id = $1',
    ]) {
      assert.equal(statementName(text), undefined);
    }
    assert.ok(statementName('insert into things (id) select * from unnest($1::integer[])'));
  });
});
