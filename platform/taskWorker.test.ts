import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import { freshDatabase } from '../cli/servers/testing.ts';
import { runBatch } from './commandBatch.ts';
import { clock, counterDatabase, eventually, openGate, silent } from './consume/testbed.testing.ts';
import type { Added, CounterCommand, Counters } from './counterModel.testing.ts';
import { CommitUnknown, type Database, openDatabase, transact } from './database.ts';
import { OrderlogError } from './errors.ts';
import type { TaskClaim } from './taskClaims.ts';
import { readOpenTask } from './taskStatus.ts';
import { deleteTasks, giveBackTasks, insertTasks, leaseTasks, renewLeases } from './tasks.ts';
import { startTaskWorker, type TaskHandler, type TaskWorker, type TaskWorkerOptions } from './taskWorker.ts';
import type { NewTask } from './writeModel.ts';

const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const task = (n: number, kind = 'call'): NewTask => ({
  taskId: uuid(n),
  kind,
  payload: Buffer.from(`task ${n}`),
});
const add = (key: string, amount: number) => ({ command: { type: 'Add' as const, key, amount } });
const inVain = { afterMs: 60_000, error: 'no answer' };

describe('tasks', () => {
  let base: Awaited<ReturnType<typeof counterDatabase>>;
  let db: Database;
  let url: string;
  let workers: TaskWorker[];
  before(async function () {
    this.timeout(120_000);
    const database = await freshDatabase();
    url = database.url;
    base = await counterDatabase(database);
    db = base.db;
  });
  beforeEach(async () => {
    await sql`delete from tasks`.execute(db);
    await sql`delete from counters`.execute(db);
    await sql`truncate outbox`.execute(db);
    await sql`alter table events disable trigger events_append_only`.execute(db);
    await sql`delete from events`.execute(db);
    await sql`alter table events enable trigger events_append_only`.execute(db);
    workers = [];
  });
  afterEach(() => Promise.all(workers.map((worker) => worker.stop(0))));
  after(() => base.close());

  const lease = async (holder: string, leaseMs = 60_000, except: readonly string[] = []) =>
    leaseTasks(db, holder, { rooms: [{ kind: 'call', room: 10 }], leaseMs, except });
  const openTasks = async () => {
    const { rows } = await sql<{ task_id: string }>`select task_id from tasks order by task_id`.execute(db);
    return rows.map((row) => Number(row.task_id.slice(-12)));
  };

  const attempts = async () => {
    const { rows } = await sql<{ attempts: number }>`select attempts from tasks`.execute(db);
    return rows.map((row) => row.attempts);
  };
  const leasedUntil = async () => {
    const { rows } = await sql<{ leased_until: Date }>`select leased_until from tasks`.execute(db);
    return rows.map((row) => row.leased_until);
  };

  describe('as rows', () => {
    it('are left out if the same is open, and refused if another is', async () => {
      await insertTasks(db, [task(1), task(2), task(2)]);
      await insertTasks(db, [task(2), task(3)]);
      assert.deepEqual(await openTasks(), [1, 2, 3]);
      await assert.rejects(insertTasks(db, [{ ...task(2), payload: Buffer.from('?') }]), /another content/);
      await assert.rejects(insertTasks(db, [task(2, 'other')]), /another content/);
    });

    it('fail only the command that asks for another under an open id', async () => {
      const envelopes = ['a', 'a2', 'b'].map((key) => ({
        ...add(key, key === 'a2' ? 1 : 99),
        now: clock.now(),
      }));
      const outcomes = await runBatch(base.writer, envelopes);
      assert.deepEqual(
        outcomes.map(({ kind }) => kind),
        ['accepted', 'accepted', 'failed'],
      );
      assert.equal(await base.values(), 'a=99 a2=1');
    });

    it('are leased once, when they are due, by kind, and again when the lease is over', async () => {
      await insertTasks(db, [
        task(1),
        task(2, 'other'),
        { ...task(3), dueAt: new Date(Date.now() + 60_000) },
      ]);
      const [first, ...more] = await lease('a');
      assert.deepEqual([first?.taskId, first?.attempts, more.length], [uuid(1), 1, 0]);
      assert.deepEqual(await lease('b'), []);
      await sql`update tasks set leased_until = clock_timestamp() - interval '1 s' where lease_holder = 'a'`.execute(
        db,
      );
      assert.deepEqual(await lease('a', 60_000, [uuid(1)]), []);
      assert.equal((await lease('b'))[0]?.attempts, 2);
    });

    it('are leased, renewed, given back and deleted by plans from when there were none', async () => {
      await sql`truncate tasks`.execute(db);
      await sql`vacuum analyze tasks`.execute(db);
      // As a service prepares its statements: one connection, one plan.
      const prepared = openDatabase({
        url,
        applicationName: 'test',
        maxConnections: 1,
        statementTimeoutMs: 5_000,
        prepare: true,
      });
      const leased = () =>
        leaseTasks(prepared, 'a', { rooms: [{ kind: 'call', room: 400 }], leaseMs: 60_000, except: [] });
      const handled = async (tasks: Awaited<ReturnType<typeof leased>>) => {
        await renewLeases(prepared, 'a', tasks, 60_000);
        const half = tasks.length / 2;
        await giveBackTasks(prepared, 'a', tasks.slice(half), inVain);
        return (await deleteTasks(prepared, 'a', tasks.slice(0, half))).size;
      };
      assert.deepEqual(await handled(await leased()), 0);
      await insertTasks(
        db,
        Array.from({ length: 2_000 }, (_, n) => task(n)),
      );
      const tasks = await leased();
      assert.equal(tasks.length, 400);
      assert.equal(await handled(tasks), 200);
      await prepared.destroy();
    });

    it('belong to the last lease only', async () => {
      await insertTasks(db, [task(1)]);
      const older = await lease('a', 0);
      const newer = await lease('a', 0);
      assert.equal((await deleteTasks(db, 'a', older)).size, 0);
      assert.equal((await deleteTasks(db, 'b', newer)).size, 0);
      await giveBackTasks(db, 'a', older, inVain);
      await renewLeases(db, 'a', older, 60_000);
      assert.equal((await lease('b', 60_000)).length, 1);
      assert.equal((await deleteTasks(db, 'a', newer)).size, 0);
    });

    it('stay with a holder who renews, and go back at once if he gives them up', async () => {
      await insertTasks(db, [task(1)]);
      const held = await lease('a', 40);
      await renewLeases(db, 'a', held, 60_000);
      await sleep(60);
      assert.deepEqual(await lease('b'), []);
      await giveBackTasks(db, 'a', held);
      assert.equal((await lease('b')).length, 1);
    });

    it('are not kept for one that is gone by a clock that was set back', async () => {
      await insertTasks(db, [task(1)]);
      await lease('a');
      assert.deepEqual(await lease('b'), []);
      await sql`update tasks set leased_until = leased_until + interval '1 hour'`.execute(db);
      assert.equal((await lease('b'))[0]?.attempts, 2);
    });

    it('count as tried once a call ended in vain, and stay as due as they were if it may not have been made', async () => {
      await insertTasks(db, [task(1)]);
      const read = async () => {
        const { rows } = await sql<{ tried: boolean; due_at: Date }>`
          select tried, due_at from tasks`.execute(db);
        return rows[0];
      };
      const fresh = await read();
      assert.equal(fresh?.tried, false);
      await giveBackTasks(db, 'a', await lease('a'));
      assert.deepEqual(await read(), fresh);
      await giveBackTasks(db, 'a', await lease('a'), { afterMs: 0, error: 'no answer' });
      assert.equal((await read())?.tried, true);
      await giveBackTasks(db, 'a', await lease('a'));
      assert.equal((await read())?.tried, true);
    });

    it('show how often and why in vain they were tried, and when they are tried next', async () => {
      await insertTasks(db, [task(1)]);
      assert.partialDeepStrictEqual(await readOpenTask(db, uuid(1)), { attempts: 0, error: undefined });
      const held = await lease('a', 60_000);
      assert.equal((await readOpenTask(db, uuid(1)))?.nextAttemptAt, undefined);
      await giveBackTasks(db, 'a', held, { afterMs: 60_000, error: 'no answer\0 since noon' });
      const { nextAttemptAt, ...open } = (await readOpenTask(db, uuid(1))) ?? {};
      assert.partialDeepStrictEqual(open, { attempts: 1, error: 'no answer  since noon' });
      assert.ok(nextAttemptAt && nextAttemptAt.getTime() > Date.now() + 30_000);
      await giveBackTasks(db, 'a', held, { afterMs: 60_000, error: '4111 1111 1111 1111' });
      assert.equal((await readOpenTask(db, uuid(1)))?.error, 'no answer  since noon', 'its lease is over');
      assert.equal(await readOpenTask(db, uuid(2)), undefined);
    });
  });

  const start = (
    call: TaskHandler<Counters, CounterCommand>,
    more: Partial<TaskWorkerOptions<Counters, CounterCommand, Added>> = {},
  ): TaskWorker => {
    const worker = startTaskWorker({
      holder: `worker ${workers.length}`,
      writer: base.writer,
      handlers: { call },
      gate: openGate,
      clock,
      logger: silent,
      concurrency: 4,
      leaseMs: 5_000,
      pollMs: 20,
      ...more,
    });
    workers.push(worker);
    return worker;
  };
  const settled = (values: string) =>
    eventually(async () => assert.deepEqual([await base.values(), await openTasks()], [values, []]));

  describe('made by a batch whose worker claims them', () => {
    /** The counter's 99 asks for a call (counterModel.testing.ts). */
    const ask = (key: string, claim: () => TaskClaim) =>
      runBatch({ ...base.writer, claim }, [{ ...add(key, 99), now: clock.now() }]);
    /** A worker that has looked for tasks and waits until it is nudged: what it is looking for it does not claim. */
    const startIdle = async (
      call: TaskHandler<Counters, CounterCommand>,
      more: Partial<TaskWorkerOptions<Counters, CounterCommand, Added>> = {},
    ) => {
      const looked = Promise.withResolvers<void>();
      const first: typeof call = async (_, signal) => {
        looked.resolve();
        // Until the worker is stopped: the end of a call may make it look again.
        await sleep(300_000, undefined, { ref: false, signal });
        throw new Error('too long');
      };
      await insertTasks(db, [task(99, 'first')]);
      const worker = start(call, { pollMs: 60_000, handlers: { call, first }, ...more });
      await looked.promise;
      await sql`delete from tasks`.execute(db);
      return worker;
    };

    it('are born leased, and begun upon the commit', async () => {
      const called = Promise.withResolvers<number>();
      const worker = await startIdle(async (held) => {
        called.resolve(held.attempts);
        await sleep(60_000, undefined, { ref: false });
        return add('k', 1);
      });
      await ask('a', worker.claim);
      assert.equal(await called.promise, 1);
      assert.deepEqual([await attempts(), await lease('another')], [[1], []]);
    });

    it('are not begun if the transaction is rolled back, and count once when it is repeated', async () => {
      const calls: number[] = [];
      const worker = await startIdle(async ({ attempts: n }) => {
        calls.push(n);
        return add('k', 1);
      });
      const failing = runBatch(
        { ...base.writer, claim: worker.claim },
        [{ ...add('a', 99), now: clock.now() }],
        {
          after: async () => {
            throw new Error('not today');
          },
        },
      );
      await assert.rejects(failing, /not today/);
      await sleep(50);
      assert.deepEqual(calls, []);
      await ask('a', worker.claim);
      await settled('a=99 k=1');
      assert.deepEqual(calls, [1]);
    });

    it('are found again at once if the answer to COMMIT is lost', async () => {
      const calls: number[] = [];
      const worker = await startIdle(async ({ attempts: n }) => {
        calls.push(n);
        return add('k', 1);
      });
      const claim = worker.claim();
      // Committed, and this process does not know.
      await transact(db, (tx) => insertTasks(tx, [task(1)], claim));
      claim.drop(true);
      await settled('k=1');
      assert.deepEqual(calls, [2]);
    });

    it("are left to whoever has room where the worker's is taken", async () => {
      let calls = 0;
      const all = Promise.withResolvers<void>();
      const worker = await startIdle(
        async () => {
          if (++calls === 1) await all.promise;
          return add('k', 1);
        },
        { concurrency: 1 },
      );
      for (const n of [1, 2, 3]) {
        const claim = worker.claim();
        await transact(db, (tx) => insertTasks(tx, [task(n)], claim));
        claim.begin();
      }
      assert.deepEqual((await attempts()).toSorted(), [0, 0, 1]);
      all.resolve();
      await settled('k=3');
    });
  });

  describe('worked on', () => {
    it('become commands, with their cause, and are gone', async () => {
      await insertTasks(db, [task(1)]);
      const cause = { stream: 'TESTS', eventId: uuid(7) };
      start(async ({ kind, payload, attempts }) => {
        assert.deepEqual([kind, Buffer.from(payload).toString(), attempts], ['call', 'task 1', 1]);
        return { ...add('k', 5), cause };
      });
      await settled('k=5');
      const { rows } = await sql`select cause_stream, cause_id from events`.execute(db);
      assert.deepEqual(rows, [{ cause_stream: 'TESTS', cause_id: uuid(7) }]);
    });

    it('are called once by two workers, and no more at a time than allowed', async () => {
      await insertTasks(
        db,
        Array.from({ length: 40 }, (_, n) => task(n)),
      );
      const [calls, counts]: [string[], number[]] = [[], []];
      let running = 0;
      const call: TaskHandler<Counters, CounterCommand> = async ({ taskId }) => {
        calls.push(taskId);
        counts.push(++running);
        await sleep(5);
        running--;
        return add('k', 1);
      };
      start(call);
      start(call);
      await settled('k=40');
      assert.equal(new Set(calls).size, 40);
      assert.equal(calls.length, 40);
      assert.ok(Math.max(...counts) <= 8 && Math.max(...counts) > 1);
    });

    it('are begun at once when nudged', async () => {
      const worker = start(async () => add('k', 1), { pollMs: 60_000 });
      await sleep(50);
      await insertTasks(db, [task(1)]);
      worker.nudge();
      await settled('k=1');
    });

    it('are called again after the time that the handler says, or when it throws', async () => {
      await insertTasks(db, [task(1)]);
      const attempts: number[] = [];
      start(async (leased) => {
        attempts.push(leased.attempts);
        if (leased.attempts === 1) return { againAfterMs: 30, error: 'busy' };
        if (leased.attempts === 2) throw new Error('broken');
        return add('k', 1);
      });
      await settled('k=1');
      assert.deepEqual(attempts, [1, 2, 3]);
    });

    it('keep their lease through a long call', async () => {
      await insertTasks(db, [task(1)]);
      let calls = 0;
      const call: TaskHandler<Counters, CounterCommand> = async () => {
        calls++;
        const first = await leasedUntil();
        await eventually(async () => assert.notDeepEqual(await leasedUntil(), first));
        return add('k', 1);
      };
      start(call, { leaseMs: 3_000 });
      start(call, { leaseMs: 3_000 });
      await settled('k=1');
      assert.equal(calls, 1);
    });

    it('count one result, if a worker is paused beyond its lease and comes back', async () => {
      await insertTasks(db, [task(1), task(2)]);
      const paused = Promise.withResolvers<void>();
      // Renewals come too late: as if the process stood still.
      const late = start(
        async () => {
          await paused.promise;
          return add('k', 1);
        },
        { leaseMs: 60_000 },
      );
      await eventually(async () => assert.deepEqual(await attempts(), [1, 1]));
      await sql`update tasks set leased_until = now() - interval '1 s'`.execute(db);
      start(async () => add('k', 10));
      await settled('k=20');
      paused.resolve();
      await late.stop(1_000);
      assert.equal(await base.values(), 'k=20');
    });

    it('lose only the lost result of a group', async () => {
      await insertTasks(db, [task(1), task(2), task(3)]);
      const [all, lost] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      let waiting = 0;
      const call: TaskHandler<Counters, CounterCommand> = async () => {
        if (++waiting === 3) all.resolve();
        await lost.promise;
        return add('k', 1);
      };
      start(call, { leaseMs: 60_000 });
      await all.promise;
      await sql`update tasks set lease_holder = 'another', attempts = 9 where task_id = ${uuid(2)}`.execute(
        db,
      );
      lost.resolve();
      await eventually(async () => assert.deepEqual(await openTasks(), [2]));
      assert.equal(await base.values(), 'k=2');
    });

    it('are called again if the decider does not take the result; the others of the group go on', async () => {
      await insertTasks(db, [task(1), task(2), task(3)]);
      const seen = Promise.withResolvers<void>();
      start(async ({ taskId, attempts }) => {
        if (attempts > 1) await seen.promise;
        if (attempts > 1 || taskId === uuid(1)) return add('k', 1);
        return add('k', taskId === uuid(2) ? 0 : 13);
      });
      await eventually(async () => assert.equal(await base.values(), 'k=1'));
      const untaken = async () => {
        const { rows } = await sql<{ error: string }>`
          select error from tasks where tried order by task_id`.execute(db);
        return rows.map(({ error }) => error);
      };
      const why = ['add more than 0', 'a bug at 13'].map((words) => `the answer was not taken: ${words}`);
      await eventually(async () => assert.deepEqual(await untaken(), why));
      seen.resolve();
      await settled('k=3');
    });

    it('count once if the answer to COMMIT is lost', async () => {
      await insertTasks(db, [task(1)]);
      let lost = 0;
      const writer = {
        ...base.writer,
        onCommitted: () => {
          if (lost++ === 0) throw new CommitUnknown(new Error('cut'));
        },
      };
      start(async () => add('k', 1), { writer });
      await settled('k=1');
      await eventually(() => assert.equal(lost, 1));
    });

    it('wait while the gate is closed', async () => {
      await insertTasks(db, [task(1)]);
      const opening = Promise.withResolvers<void>();
      start(async () => add('k', 1), { gate: { isOpen: () => false, whenOpen: () => opening.promise } });
      await sleep(100);
      assert.equal(await base.values(), '');
      opening.resolve();
      await settled('k=1');
    });

    /** A worker whose gate closes while it makes the call. */
    const startClosing = (more: Partial<TaskWorkerOptions<Counters, CounterCommand, Added>> = {}) => {
      const [called, opening] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      let isOpen = true;
      const gate = { isOpen: () => isOpen, whenOpen: async () => (isOpen ? undefined : opening.promise) };
      const call = async () => {
        isOpen = false;
        called.resolve();
        return add('k', 1);
      };
      const open = () => {
        isOpen = true;
        opening.resolve();
      };
      return { worker: start(call, { gate, ...more }), called: called.promise, open };
    };

    it('keep their result while the gate is closed', async () => {
      await insertTasks(db, [task(1)]);
      const { worker, called, open } = startClosing();
      await called;
      await sleep(100);
      assert.deepEqual([await base.values(), await openTasks()], ['', [1]]);
      open();
      await settled('k=1');
      await worker.stop(1_000);
    });

    it('are left to others while the gate stays closed, and done once', async () => {
      await insertTasks(db, [task(1)]);
      const { worker, called, open } = startClosing({ holder: 'cut off', leaseMs: 300 });
      await called;
      start(async () => add('k', 1), { holder: 'another', leaseMs: 300 });
      await settled('k=1');
      open();
      await worker.stop(1_000);
      assert.equal(await base.values(), 'k=1');
    });

    it('keep their result if the gate closes before the transaction, and try again', async () => {
      await insertTasks(db, [task(1)]);
      const closed = new OrderlogError('UNAVAILABLE', 'LOG_NOT_MATCHED', 'being matched');
      let refusals = 0;
      const refusal = () => (refusals++ < 2 ? closed : undefined);
      start(async () => add('k', 1), { writer: { ...base.writer, refusal } });
      await settled('k=1');
      assert.ok(refusals >= 3);
    });

    it('are finished within the grace at a stop', async () => {
      await insertTasks(db, [task(1)]);
      const [begun, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const worker = start(async () => {
        begun.resolve();
        await goOn.promise;
        return add('k', 1);
      });
      await begun.promise;
      const stopped = worker.stop(60_000);
      goOn.resolve();
      await stopped;
      assert.deepEqual([await base.values(), await openTasks()], ['k=1', []]);
    });

    it('are aborted when the grace is over, and given back at once', async () => {
      await insertTasks(db, [task(1)]);
      const begun = Promise.withResolvers<void>();
      let aborted = false;
      const worker = start(async (_, signal) => {
        begun.resolve();
        await sleep(300_000, undefined, { ref: false, signal }).catch(() => undefined);
        aborted = signal.aborted;
        return add('k', 1);
      });
      await begun.promise;
      await worker.stop(0);
      assert.equal(aborted, true);
      assert.equal(await base.values(), '');
      assert.equal((await lease('another')).length, 1);
    });
  });
});
