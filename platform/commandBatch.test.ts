import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { after, before, beforeEach, describe, it } from 'mocha';
import pg from 'pg';
import { freshDatabase } from '../cli/servers/testing.ts';
import type { Clock } from './clock.ts';
import { runBatch, type Writer } from './commandBatch.ts';
import { createCommandQueue } from './commandQueue.ts';
import {
  type Added,
  COUNTERS_SQL,
  type CounterCommand,
  type Counters,
  counterModel,
} from './counterModel.testing.ts';
import { type Database, openDatabase } from './database.ts';
import { OrderlogError } from './errors.ts';
import type { Envelope } from './fold.ts';
import { migrate } from './migrate.ts';
import { insertRecoveredRequests } from './requests.ts';

const clock: Clock = { now: () => new Date('2026-01-02T03:04:05.678Z') };
const add = (key: string, amount: number): CounterCommand => ({ type: 'Add', key, amount });
const envelope = (command: CounterCommand): Envelope<Counters, CounterCommand> => ({
  command,
  now: clock.now(),
});
const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

describe('the write path', () => {
  let url: string;
  let drop: () => Promise<void>;
  let db: Database;
  let writer: Writer<Counters, CounterCommand, Added>;
  let commits = 0;

  before(async function () {
    this.timeout(60_000);
    ({ url, drop } = await freshDatabase());
    const runtimeRole = new URL(url).username;
    await migrate({ url, runtimeRole, sources: [{ scope: 'platform', folder: 'platform/sql' }] });
    db = openDatabase({ url, applicationName: 'test', maxConnections: 10 });
    await sql.raw(COUNTERS_SQL).execute(db);
    writer = { db, model: counterModel, maxPayloadBytes: 500, onCommitted: () => commits++ };
  });
  beforeEach(async () => {
    await sql`delete from counters`.execute(db);
    await sql`delete from outbox`.execute(db);
    await sql`alter table events disable trigger events_append_only`.execute(db);
    await sql`delete from events`.execute(db);
    await sql`alter table events enable trigger events_append_only`.execute(db);
    await sql`delete from requests`.execute(db);
    await sql`delete from tasks`.execute(db);
  });
  after(async () => {
    await db.destroy();
    await drop();
  });

  const values = async () => {
    const { rows } = await sql<{ key: string; value: number; version: number }>`
      select * from counters order by key`.execute(db);
    return rows.map((row) => `${row.key}=${row.value} v${row.version}`).join(', ');
  };
  const eventVersions = async () => {
    const { rows } = await sql<{ e: string }>`
      select e.stream_id || e.version as e from events e join outbox o on o.id = e.position
      order by e.position`.execute(db);
    return rows.map((row) => row.e).join(' ');
  };

  it('folds several commands on one row into one update, with an event each', async () => {
    const outcomes = await runBatch(writer, [
      envelope(add('a', 1)),
      envelope(add('b', 2)),
      envelope(add('a', 3)),
    ]);
    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
      ['accepted', 'accepted', 'accepted'],
    );
    assert.equal(await values(), 'a=4 v2, b=2 v1');
    assert.equal(await eventVersions(), 'a1 b1 a2');
    assert.equal(commits > 0, true);
  });

  it('fails a refused, a broken and an oversized command alone', async () => {
    const outcomes = await runBatch(writer, [
      envelope(add('a', 1)),
      envelope(add('a', 0)),
      envelope(add('a', 13)),
      envelope(add('x'.repeat(600), 1)),
      envelope(add('a', 5)),
    ]);
    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
      ['accepted', 'refused', 'failed', 'failed', 'accepted'],
    );
    assert.equal(await values(), 'a=6 v2');
  });

  it('hunts down the one command that the database refuses, and keeps its neighbours', async () => {
    const commands = Array.from({ length: 20 }, (_, n) => envelope(add(`k${n}`, n === 7 ? 101 : 1)));
    const outcomes = await runBatch(writer, commands);
    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
      commands.map((_, n) => (n === 7 ? 'failed' : 'accepted')),
    );
    assert.equal((await values()).split(', ').length, 19);
  });

  it('sees what was committed while it waited for the lock', async () => {
    await runBatch(writer, [envelope(add('a', 1))]);
    const other = new pg.Client({ connectionString: url });
    await other.connect();
    await other.query('begin');
    await other.query("select 1 from counters where key = 'a' for update");
    const waiting = runBatch(writer, [envelope(add('a', 10))]);
    await untilSomebodyWaits(db);
    await other.query("update counters set value = 50, version = 2 where key = 'a'");
    await other.query(`insert into events (stream_id, version, event_id, type, partition, time, payload)
      values ('a', 2, gen_random_uuid(), 'test.v1.Added', 0, now(), '')`);
    await other.query('commit');
    await other.end();
    await waiting;
    assert.equal(await values(), 'a=60 v3');
  });

  it('starts again when somebody else inserts the row first', async () => {
    const other = new pg.Client({ connectionString: url });
    await other.connect();
    await other.query('begin');
    await other.query("insert into counters values ('a', 7, 1)");
    const waiting = runBatch(writer, [envelope(add('a', 1)), envelope(add('b', 1))]);
    await untilSomebodyWaits(db);
    await other.query('commit');
    await other.end();
    await waiting;
    assert.equal(await values(), 'a=8 v2, b=1 v1');
  });

  it('keeps sums right under concurrent batches that lock in other orders', async () => {
    await runBatch(
      writer,
      ['a', 'b', 'c'].map((key) => envelope(add(key, 30))),
    );
    const move = (from: string, to: string) => envelope({ type: 'Move', from, to, amount: 1 });
    const moves = Array.from({ length: 60 }, (_, n) =>
      runBatch(
        writer,
        n % 2 ? [move('a', 'b'), move('c', 'a')] : [move('b', 'c'), move('b', 'a'), move('a', 'c')],
      ),
    );
    await Promise.all(moves);
    const { rows } = await sql<{ sum: bigint; versions: bigint }>`
      select sum(value) as sum, sum(version) as versions from counters`.execute(db);
    assert.deepEqual(rows, [{ sum: 90n, versions: BigInt(3 + 30 * 2 * 2 + 30 * 3 * 2) }]);
  });

  it('does nothing at all when a hook throws', async () => {
    const hook = async () => {
      throw new Error('the checkpoint moved');
    };
    await assert.rejects(runBatch(writer, [envelope(add('a', 1))], { after: hook }), /checkpoint moved/);
    assert.equal(await values(), '');
    assert.equal(await eventVersions(), '');
  });

  it('does nothing while its writer may not write, and asks that before each transaction', async () => {
    const closed = new OrderlogError('UNAVAILABLE', 'LOG_NOT_MATCHED', 'being matched');
    const shut = { ...writer, refusal: () => closed };
    await assert.rejects(runBatch(shut, [envelope(add('a', 1))]), closed);
    let asked = 0;
    const closing = { ...writer, refusal: () => (asked++ === 0 ? undefined : closed) };
    const losing = runBatch(closing, [envelope(add('a', 1))], {
      before: async () => {
        throw Object.assign(new Error('deadlock'), { code: '40P01' });
      },
    });
    await assert.rejects(losing, closed);
    assert.deepEqual([await values(), asked], ['', 2]);
  });

  it('writes the tasks that follow from events', async () => {
    await runBatch(writer, [envelope(add('a', 99))]);
    const { rows } = await sql<{ kind: string; payload: Buffer }>`select kind, payload from tasks`.execute(
      db,
    );
    assert.deepEqual(
      rows.map((row) => `${row.kind} ${row.payload}`),
      ['call a'],
    );
  });

  it('refuses to change or delete events', async () => {
    await runBatch(writer, [envelope(add('a', 1))]);
    await assert.rejects(sql`update events set version = 9`.execute(db), /append-only/);
    await assert.rejects(sql`delete from events`.execute(db), /append-only/);
    await assert.rejects(sql`truncate events`.execute(db), /append-only/);
  });

  describe('by rpc', () => {
    const submission = (n: number, command: CounterCommand, fingerprint = `${n}`) => ({
      command,
      request: { caller: 'c', method: '/m', requestId: uuid(n), fingerprint: Buffer.from(fingerprint) },
      reply: ({ version }: { version: number }) => Buffer.from(`v${version}`),
      bytes: 10,
      signal: new AbortController().signal,
    });

    it('answers a repeat with the same bytes, whether in flight or long after, and does it once', async () => {
      const queue = createCommandQueue(writer, clock);
      const answers = await Promise.all(
        Array.from({ length: 100 }, () => queue.submit(submission(1, add('a', 1)))),
      );
      await queue.submit(submission(2, add('a', 1)));
      answers.push(await queue.submit(submission(1, add('a', 1))));
      assert.deepEqual(new Set(answers.map(String)), new Set(['v1']));
      assert.equal(await values(), 'a=2 v2');
    });

    it('answers the same when two replicas get the same request at once', async () => {
      const queues = [createCommandQueue(writer, clock), createCommandQueue(writer, clock)];
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, n) =>
          queues[n % 2]?.submit(submission(100 + (n >> 1), add(`k${n >> 1}`, 1))),
        ),
      );
      assert.deepEqual(new Set(answers.map(String)), new Set(['v1']));
      assert.equal((await values()).split(', ').length, 20);
    });

    it('remembers a refusal, and refuses the same id with another body', async () => {
      const queue = createCommandQueue(writer, clock);
      const refused = /add more than 0/;
      await assert.rejects(queue.submit(submission(3, add('a', 0))), refused);
      await assert.rejects(queue.submit(submission(3, add('a', 0))), refused);
      await assert.rejects(queue.submit(submission(3, add('a', 1), 'other')), /another request/);
      assert.equal(await values(), '');
    });

    it('gives a repeat its own answer, although another body came under its id meanwhile', async () => {
      const queue = createCommandQueue(writer, clock);
      await queue.submit(submission(4, add('a', 5)));
      const other = queue.submit(submission(4, add('a', 9), 'other'));
      const repeat = queue.submit(submission(4, add('a', 5)));
      await assert.rejects(other, /another request/);
      assert.equal(String(await repeat), 'v1');
      assert.equal(await values(), 'a=5 v1');
    });

    it('does nothing again whose record came back from the log, and answers from the state as it is', async () => {
      const queue = createCommandQueue(writer, clock);
      await queue.submit(submission(5, add('a', 1)));
      const { rows } = await sql<{ request: string }>`select request from events`.execute(db);
      await sql`delete from requests`.execute(db);
      await queue.submit(submission(6, add('a', 1)));
      await insertRecoveredRequests(
        db,
        rows.map(({ request }) => request),
      );
      await assert.rejects(queue.submit(submission(5, add('a', 1), 'other')), /another request/);
      const answers = await Promise.all([5, 5].map((n) => queue.submit(submission(n, add('a', 1)))));
      await queue.submit(submission(7, add('a', 1)));
      answers.push(await queue.submit(submission(5, add('a', 1))));
      assert.deepEqual(answers.map(String), ['v2', 'v2', 'v2']);
      assert.equal(await values(), 'a=3 v3');
      await sql`delete from recovered_requests`.execute(db);
    });

    it('sheds when full, starts of sagas first', async () => {
      const queue = createCommandQueue(writer, clock, {
        maxCommands: 10,
        maxBytes: 1e6,
        maxBatch: 5,
        maxFlushes: 1,
        everyMs: 0,
        overtakeMs: 0,
      });
      const starts = Array.from({ length: 30 }, (_, n) =>
        queue
          .submit({ ...submission(200 + n, add('a', 1)), startsSaga: true })
          .catch((error: unknown) => error),
      );
      const goesOn = queue.submit(submission(300, add('b', 1)));
      const shed = (await Promise.all(starts)).filter((answer) => answer instanceof OrderlogError);
      assert.equal(shed.length, 22);
      assert.deepEqual(
        new Set(shed.map(({ code, retryAfterMs }) => `${code} ${retryAfterMs}`)),
        new Set(['RESOURCE_EXHAUSTED 500']),
      );
      assert.equal(String(await goesOn), 'v1');
      assert.equal(await values(), 'a=8 v8, b=1 v1');
    });

    it('drops a command whose caller went away before it was begun, but not the one who repeats it', async () => {
      const queue = createCommandQueue(writer, clock);
      const gone = new AbortController();
      const first = queue.submit({ ...submission(4, add('a', 1)), signal: gone.signal });
      const second = queue.submit(submission(4, add('a', 1)));
      gone.abort();
      await assert.rejects(first, { code: 'CANCELLED' });
      assert.equal(String(await second), 'v1');
      assert.equal(await values(), 'a=1 v1');
    });

    it('says UNAVAILABLE, with nothing done, when the database is away', async () => {
      const away = openDatabase({
        url: 'postgres://x@127.0.0.1:1/x',
        applicationName: 'test',
        maxConnections: 1,
      });
      const queue = createCommandQueue({ ...writer, db: away }, clock);
      await assert.rejects(queue.submit(submission(5, add('a', 1))), {
        code: 'UNAVAILABLE',
        retryAfterMs: 1000,
      });
      await away.destroy();
    });

    it('finds out what happened when the answer to COMMIT is lost', async () => {
      const { lossy, hasLost } = losingFirstCommit(db);
      const queue = createCommandQueue({ ...writer, db: lossy }, clock);
      assert.equal(String(await queue.submit(submission(6, add('a', 1)))), 'v1');
      assert.equal(hasLost(), true);
      assert.equal(await values(), 'a=1 v1');
    });
  });
});

/** Until a session of this database waits for a lock. */
async function untilSomebodyWaits(db: Database): Promise<void> {
  for (;;) {
    const { rows } = await sql<{ n: bigint }>`select count(*) as n from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(db);
    if ((rows[0]?.n ?? 0n) > 0n) return;
    await sleep(5);
  }
}

/** The same database, whose first COMMIT is done, but answered with a broken connection. */
function losingFirstCommit(db: Database): { lossy: Database; hasLost: () => boolean } {
  const commits = new WeakSet<object>();
  let lost = false;
  const lossy = db.withPlugin({
    transformQuery({ node, queryId }) {
      if (node.kind === 'RawNode' && node.sqlFragments[0] === 'commit') commits.add(queryId);
      return node;
    },
    async transformResult({ queryId, result }) {
      if (lost || !commits.has(queryId)) return result;
      lost = true;
      throw Object.assign(new Error('write EPROTO'), { code: 'EPROTO' });
    },
  });
  return { lossy, hasLost: () => lost };
}
