import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import { freshDatabase } from '../../cli/servers/testing.ts';
import { runBatch } from '../commandBatch.ts';
import {
  type CounterWriter,
  clock,
  counterDatabase,
  eventually,
  openGate,
  silent,
} from '../consume/testbed.testing.ts';
import type { Added, CounterCommand, Counters } from '../counterModel.testing.ts';
import { CommitUnknown, type Database, transact } from '../database.ts';
import { timerStatus } from './status.ts';
import { LONG_DUE, setTimer, timerIdOf, timersSet, withTimers } from './testbed.testing.ts';
import { dueTimers, putOffTimers, writeTimers } from './timers.ts';
import { startTimerWorker, type TimerWorker, type TimerWorkerOptions } from './timerWorker.ts';

const add = (key: string, amount: number): CounterCommand => ({ type: 'Add', key, amount });
/** Far from the database's time, whichever way: what counts is the horizon. */
const FAR = new Date('2100-01-01T00:00:00Z');

describe('timers', () => {
  let base: Awaited<ReturnType<typeof counterDatabase>>;
  let db: Database;
  let writer: CounterWriter;
  let workers: TimerWorker[];
  before(async function () {
    this.timeout(120_000);
    base = await counterDatabase(await freshDatabase());
    db = base.db;
    writer = withTimers(base.writer);
  });
  beforeEach(async () => {
    await sql`delete from timers`.execute(db);
    await sql`delete from counters`.execute(db);
    await sql`truncate outbox`.execute(db);
    await sql`alter table events disable trigger events_append_only`.execute(db);
    await sql`delete from events`.execute(db);
    await sql`alter table events enable trigger events_append_only`.execute(db);
    workers = [];
  });
  afterEach(() => Promise.all(workers.map((worker) => worker.stop())));
  after(() => base.close());

  const run = (...commands: CounterCommand[]) =>
    runBatch(
      writer,
      commands.map((command) => ({ command, now: clock.now() })),
    );
  const set = (...keys: string[]) =>
    writeTimers(db, new Map(keys.map((key) => [timerIdOf(key), setTimer(key)])));
  /** Firing adds 3 to the counter. */
  const start = (more: Partial<TimerWorkerOptions<Counters, CounterCommand, Added>> = {}): TimerWorker => {
    const worker = startTimerWorker({
      writer,
      commands: { add: ({ payload }) => add(Buffer.from(payload).toString(), 3) },
      horizon: () => FAR,
      gate: openGate,
      clock,
      logger: silent,
      pollMs: 10,
      ...more,
    });
    workers.push(worker);
    return worker;
  };
  const fired = (values: string) =>
    eventually(async () => {
      assert.equal(await base.values(), values);
      assert.equal(await timersSet(db), '');
    });

  describe('as rows', () => {
    it('are set and cleared with the events, and leave nothing if both come in one batch', async () => {
      await run(add('a', 1), add('b', 1), add('c', 1), add('c', 2));
      assert.equal(await timersSet(db), 'a b');
      await run(add('a', 2), add('b', 4));
      assert.equal(await timersSet(db), 'b');
      await run(add('b', 2), add('b', 1));
      assert.equal(await timersSet(db), 'b');
    });

    it('are not set by a command that is refused or fails', async () => {
      await run({ type: 'Move', from: 'a', to: 'b', amount: 1 }, add('c', 1), add('d', 13));
      assert.equal(await timersSet(db), 'c');
    });

    it('are due by the horizon, and never before their time by the database', async () => {
      const soon = new Date(Date.now() + 3_600_000);
      await writeTimers(
        db,
        new Map([
          ['1', setTimer('past')],
          ['2', setTimer('soon', 'add', soon)],
        ]),
      );
      assert.deepEqual(await dueTimers(db, new Date(LONG_DUE.getTime() - 1), 10), []);
      for (const horizon of [LONG_DUE, FAR]) {
        const due = await dueTimers(db, horizon, 10);
        assert.deepEqual(
          due.map(({ payload, dueAt }) => [Buffer.from(payload).toString(), dueAt]),
          [['past', LONG_DUE]],
        );
      }
    });
  });

  it('are told: how many are due, when the first one is, and what they wait for', async () => {
    const told = { horizon: LONG_DUE, waitingFor: 'the first look' };
    assert.deepEqual(await timerStatus(db, told), { due: 0n, nextDueTime: undefined, ...told });
    await writeTimers(db, new Map([['far', setTimer('far', 'add', FAR)]]));
    await set('a', 'b');
    assert.deepEqual(await timerStatus(db, told), { due: 2n, nextDueTime: LONG_DUE, ...told });
  });

  it('fire once, with two workers alive', async () => {
    const keys = Array.from({ length: 700 }, (_, n) => `k${String(n).padStart(3, '0')}`);
    await set(...keys);
    start();
    start();
    await fired(keys.map((key) => `${key}=3`).join(' '));
  });

  it('go on in the trace of whoever set them, and in none if nobody recorded that', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await runBatch(writer, [
      { command: add('a', 1), now: clock.now(), traceparent },
      { command: add('b', 1), now: clock.now() },
    ]);
    start();
    await fired('a=4 b=4');
    const { rows } = await sql<{ stream_id: string; traceparent: string | null }>`
      select stream_id, traceparent from events where version = 2 order by stream_id`.execute(db);
    assert.deepEqual(
      rows.map((row) => row.traceparent),
      [traceparent, null],
    );
  });

  it('are gone for a worker that comes second, whatever it had read', async () => {
    await set('a', 'b', 'c');
    const envelope = (key: string) => ({
      command: add(key, 3),
      now: clock.now(),
      firing: { timerId: timerIdOf(key), horizon: FAR },
    });
    const read = ['a', 'b', 'c'].map(envelope);
    await runBatch(writer, [envelope('a')]);
    await run(add('b', 2));
    await putOffTimers(db, [{ timerId: timerIdOf('c'), afterMs: 60_000 }]);
    const early = read.map((each) => ({ ...each, firing: { ...each.firing, horizon: LONG_DUE } }));
    const outcomes = await runBatch(writer, early);
    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
      ['remembered', 'remembered', 'remembered'],
    );
    assert.equal(await base.values(), 'a=3 b=2');
  });

  it('let an event go first that is about to clear them', async () => {
    await run(add('a', 1));
    const clearing = Promise.withResolvers<void>();
    const firing = Promise.withResolvers<void>();
    const cleared = transact(db, async (tx) => {
      await sql`select from counters where key = 'a' for update`.execute(tx);
      clearing.resolve();
      await firing.promise;
      await writeTimers(tx, new Map([['a', { type: 'clear', timerId: timerIdOf('a') }]]));
    });
    await clearing.promise;
    start();
    await eventually(async () => {
      const { rows } = await sql`select 1 from pg_stat_activity where wait_event_type = 'Lock'`.execute(db);
      assert.ok(rows.length > 0);
    });
    firing.resolve();
    await cleared;
    await fired('a=1');
  });

  it('fire once after a crash before COMMIT, and after one whose COMMIT nobody heard of', async () => {
    await set('a', 'b');
    let crashes = 0;
    const crashing: CounterWriter = {
      ...writer,
      onCommitted() {
        if (crashes++ < 2) throw new CommitUnknown(new Error('cut'));
      },
    };
    await assert.rejects(
      runBatch(
        writer,
        [{ command: add('a', 3), now: clock.now(), firing: { timerId: timerIdOf('a'), horizon: FAR } }],
        { after: () => Promise.reject(new Error('killed')) },
      ),
      /killed/,
    );
    assert.equal(await timersSet(db), 'a b');
    start({ writer: crashing });
    await fired('a=3 b=3');
  });

  it('are put off if the command is not taken, and hold nobody up', async () => {
    await set('a', 'refused', 'fails', 'broken');
    await writeTimers(db, new Map([['strange', setTimer('strange', 'unknown')]]));
    const amounts: Readonly<Record<string, number>> = { refused: 0, fails: 13, broken: 101, a: 3 };
    start({
      commands: { add: ({ payload }) => add(`${payload}`, amounts[`${payload}`] ?? 3) },
    });
    await eventually(async () => {
      const { rows } = await sql<{ n: bigint }>`
        select count(*) as n from timers where attempts >= 1 and due_at > ${LONG_DUE}`.execute(db);
      assert.equal(rows[0]?.n, 4n);
    });
    assert.equal(await base.values(), 'a=3');
    assert.equal(await timersSet(db), 'broken fails refused strange');
  });

  it('wait for a horizon', async () => {
    await set('a');
    let looks = 0;
    let horizon: Date | undefined;
    const worker = start({
      horizon: () => {
        looks++;
        return horizon;
      },
    });
    await eventually(() => assert.ok(looks > 2));
    assert.equal(await timersSet(db), 'a');
    horizon = LONG_DUE;
    await fired('a=3');
    await worker.stop();
    await set('b');
    const looksAtStop = looks;
    assert.equal(await timersSet(db), 'b');
    assert.equal(looks, looksAtStop);
  });

  it('wait for the gate, and do not fire if it has closed again by then', async () => {
    await set('a');
    const opening = Promise.withResolvers<void>();
    let isOpen = false;
    let looks = 0;
    start({
      gate: { isOpen: () => isOpen, whenOpen: () => opening.promise },
      horizon: () => {
        looks++;
        return LONG_DUE;
      },
    });
    // Another with the same pace tells how often it could have looked.
    let looksOfAnother = 0;
    start({
      horizon: () => {
        looksOfAnother++;
        return undefined;
      },
    });
    await eventually(() => assert.ok(looksOfAnother > 5));
    assert.equal(looks, 0);
    opening.resolve();
    await eventually(() => assert.ok(looks > 5));
    assert.equal(await timersSet(db), 'a');
    isOpen = true;
    await fired('a=3');
  });
});
