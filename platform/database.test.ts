import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { after, before, describe, it } from 'mocha';
import { withClient } from '../cli/servers/serviceDatabase.ts';
import { freshDatabase, testPostgres } from '../cli/servers/testing.ts';
import {
  CommitUnknown,
  type Database,
  isConnectionError,
  isInfrastructureError,
  openDatabase,
  type Tx,
  together,
  transact,
} from './database.ts';
import { proxyTo, type TcpProxy } from './tcpProxy.testing.ts';

describe('a connection that the server refuses', function () {
  this.timeout(120_000);
  it('is no fault of whoever asked for it', async () => {
    const database = await freshDatabase();
    const refused = async (change: (url: URL) => void) => {
      const url = new URL(database.url);
      change(url);
      const db = openDatabase({ url: url.href, applicationName: 'test', maxConnections: 1 });
      await assert.rejects(sql`select 1`.execute(db), isInfrastructureError);
      await db.destroy();
    };
    await withClient((await testPostgres()).url, (client) =>
      client.query(`alter database ${database.name} allow_connections false`),
    );
    await refused(() => undefined);
    await refused((url) => {
      url.password = 'an old one';
    });
    await refused((url) => {
      url.pathname = '/not_restored_yet';
    });
    await database.drop();
  });
});

describe('a server that says nothing more', function () {
  this.timeout(120_000);
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  let proxy: TcpProxy;
  let db: Database;
  before(async () => {
    database = await freshDatabase();
    const url = new URL(database.url);
    proxy = await proxyTo(Number(url.port));
    url.port = String(proxy.port);
    db = openDatabase({ url: url.href, applicationName: 'test', maxConnections: 1, answerTimeoutMs: 300 });
    await sql`create table said (n integer)`.execute(db);
  });
  after(async () => {
    await db.destroy();
    await proxy.close();
    await database.drop();
  });
  /** Of the connections that are open now; those that are made later are answered. */
  const fallSilent = () => {
    proxy.onReply = () => 'hold';
  };
  const answersAgain = async () => {
    proxy.onReply = () => 'pass';
    assert.deepEqual((await sql`select 1 as one`.execute(db)).rows, [{ one: 1 }]);
  };

  it('is given up, with all that was sent to it, and another connection is made', async () => {
    const silenced = transact(db, (tx) => {
      fallSilent();
      return together(tx, (at) => [sql`select 1`.execute(at), sql`select 2`.execute(at)]);
    });
    await assert.rejects(silenced, isConnectionError);
    await answersAgain();
  });

  it('leaves it unknown what became of a COMMIT', async () => {
    const silenced = transact(db, async (tx) => {
      await sql`insert into said values (1)`.execute(tx);
      fallSilent();
    });
    await assert.rejects(silenced, CommitUnknown);
    await answersAgain();
    assert.deepEqual((await sql`select n from said`.execute(db)).rows, [{ n: 1 }], 'it was done');
  });
});

describe('transactions', () => {
  let name: string;
  let url: string;
  let drop: () => Promise<void>;
  let db: Database;
  before(async function () {
    this.timeout(120_000);
    ({ name, url, drop } = await freshDatabase());
    db = openDatabase({
      url,
      applicationName: 'test',
      maxConnections: 1,
      connectTimeoutMs: 2_000,
    });
    // Ends its own connection in the middle of COMMIT.
    await sql
      .raw(`
      create table cut (n integer);
      create function cut() returns trigger language plpgsql as $$
      begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$;
      create constraint trigger cut after insert on cut deferrable initially deferred
        for each row execute function cut()`)
      .execute(db);
  });
  after(async () => {
    await db.destroy();
    await drop();
  });

  const withDefault = async (level: string) => {
    await sql.raw(`alter database ${name} set default_transaction_isolation = '${level}'`).execute(db);
    return url;
  };
  const works = async () => assert.deepEqual((await sql`select 1 as one`.execute(db)).rows, [{ one: 1 }]);

  it('tell that the answer to COMMIT was lost, and give the connection back', async () => {
    await assert.rejects(
      transact(db, (tx) => sql`insert into cut values (1)`.execute(tx)),
      CommitUnknown,
    );
    await works();
  });

  it('survive a connection that breaks between two statements, and give it back', async () => {
    await assert.rejects(
      transact(db, async (tx) => {
        await sql`select pg_terminate_backend(pg_backend_pid())`.execute(tx).catch(() => undefined);
        await new Promise((resolve) => setTimeout(resolve, 50));
        await sql`select 1`.execute(tx);
      }),
      isConnectionError,
    );
    await works();
  });

  it('are READ COMMITTED, whatever the database has for its default', async () => {
    const url = await withDefault('repeatable read');
    const other = openDatabase({ url, applicationName: 'test', maxConnections: 1 });
    const { rows } = await transact(other, (tx) =>
      sql<{ level: string }>`select current_setting('transaction_isolation') as level`.execute(tx),
    );
    await other.destroy();
    await withDefault('read committed');
    assert.deepEqual(rows, [{ level: 'read committed' }]);
  });

  it('roll back what the work threw, or what COMMIT refused', async () => {
    await sql
      .raw('create table once (n integer unique deferrable initially deferred); insert into once values (1)')
      .execute(db);
    await assert.rejects(
      transact(db, async (tx) => {
        await sql`insert into once values (2)`.execute(tx);
        throw new Error('no');
      }),
      /no/,
    );
    await assert.rejects(
      transact(db, (tx) => sql`insert into once values (1)`.execute(tx)),
      /duplicate key/,
    );
    assert.deepEqual((await sql`select n from once`.execute(db)).rows, [{ n: 1 }]);
  });

  it('send statements together, in order, and tell of the first that fails when all have ended', async () => {
    await sql`create table noted (n integer, at_row bigint generated always as identity)`.execute(db);
    const note = (tx: Tx, n: number) => sql`insert into noted (n) values (${n})`.execute(tx);
    let hasEnded = false;
    const twice = async (tx: Tx) => {
      await note(tx, 2);
      await note(tx, 3).finally(() => {
        hasEnded = true;
      });
    };
    const one = await transact(db, async (tx) => {
      const [, , { rows }] = await together(tx, (at) => [
        note(at, 0),
        note(at, 1),
        sql<{ n: number }>`select n from noted order by at_row`.execute(at),
      ]);
      await sql`savepoint part`.execute(tx);
      await assert.rejects(
        together(tx, (at) => [twice(at), sql`select 1 / 0`.execute(at), note(at, 4)]),
        /division by zero/,
      );
      assert.equal(hasEnded, true, 'what goes on after one of its statements is waited for');
      await sql`rollback to savepoint part`.execute(tx);
      return rows;
    });
    assert.deepEqual(one, [{ n: 0 }, { n: 1 }]);
    assert.deepEqual((await sql`select n from noted`.execute(db)).rows, [{ n: 0 }, { n: 1 }]);
  });

  it('begin together with the statements that they open with', async () => {
    const started = (at: Tx) => sql<{ now: Date }>`select now(), pg_sleep(0.01)`.execute(at);
    let opened: Promise<{ rows: { now: Date }[] }> | undefined;
    const { rows } = await transact(db, started, (at) => {
      opened = started(at);
      return [opened];
    });
    assert.deepEqual((await opened)?.rows[0]?.now, rows[0]?.now, 'one transaction');
    let hasWorked = false;
    const refused = transact(
      db,
      async () => {
        hasWorked = true;
      },
      (at) => [sql`select 1 / 0`.execute(at)],
    );
    await assert.rejects(refused, /division by zero/);
    assert.equal(hasWorked, false);
    assert.deepEqual((await sql`select 1 as n`.execute(db)).rows, [{ n: 1 }], 'nothing is left open');
  });
});
