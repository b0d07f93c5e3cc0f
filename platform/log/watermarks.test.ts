import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import { freshDatabase, type TestNats, testNats } from '../../cli/servers/testing.ts';
import { runBatch } from '../commandBatch.ts';
import { clock, eventually, silent } from '../consume/testbed.testing.ts';
import { beginAllTasks } from '../recovery/tasks.ts';
import { giveBackTasks, insertTasks, leaseTasks } from '../tasks.ts';
import { setTimer, timersSet } from '../timers/testbed.testing.ts';
import { writeTimers } from '../timers/timers.ts';
import { startTimerWorker } from '../timers/timerWorker.ts';
import { until } from './logFixture.testing.ts';
import { type Station, startStation } from './watermarkBed.testing.ts';
import type { WatermarkStatus } from './watermarks.ts';

/**
 * FIRST begins, SECOND tells on what it hears, LAST listens and has the timers. What FIRST commits has an effect in SECOND
 * and another in LAST; a timer of LAST must not fire before it, wherever it is held up.
 */
describe('watermarks', function () {
  this.timeout(90_000);
  let nats: TestNats;
  let first: Station;
  let second: Station;
  let last: Station;

  before(async () => {
    nats = await testNats();
    first = await startStation(await freshDatabase(), nats.url, 'FIRST', undefined);
    second = await startStation(await freshDatabase(), nats.url, 'SECOND', 'FIRST');
    last = await startStation(await freshDatabase(), nats.url, 'LAST', 'SECOND', true);
  });
  beforeEach(() => horizonPassesNow());
  after(async () => {
    for (const station of [last, second, first]) await station.close();
    await nats.stop();
  });

  const commit = (station: Station, key: string, amount = 1) =>
    runBatch(station.writer, [{ command: { type: 'Add', key, amount }, now: clock.now() }]);
  const horizon = () => last.watermarks.status().horizon?.getTime() ?? 0;
  const horizonPasses = (time: Date) => until('the horizon passes', () => horizon() > time.getTime());
  const horizonPassesNow = async () => horizonPasses(await last.now());
  const known = async (station: Station, key: string) => {
    const { rows } = await sql`select from counters where key = ${key}`.execute(station.db);
    return rows.length > 0;
  };
  /** In ever new looks of all three, the horizon stays behind this time. */
  const staysBehind = async (time: Date) => {
    const end = performance.now() + 1_000;
    await until('the time is over', () => {
      assert.ok(horizon() <= time.getTime(), 'the horizon passed what had not arrived');
      return performance.now() > end;
    });
  };

  /** What FIRST commits while `hold` is in effect must hold the horizon until `release`. */
  const holds = async (key: string, hold: () => Promise<unknown>, release: () => Promise<unknown>) => {
    await hold();
    await commit(first, key);
    const time = await last.now();
    await staysBehind(time);
    assert.equal(await known(last, key), false);
    await release();
    await horizonPasses(time);
    assert.equal(await known(last, key), true, 'the horizon passed before what it waited for arrived');
    await horizonPassesNow();
  };

  it('are held by the outbox of a service two steps before', () =>
    holds(
      'held-0',
      () => first.relays(false),
      () => first.relays(true),
    ));

  it('are held by a consumer that lags in between', () =>
    holds(
      'held-1',
      () => second.consumes(false),
      () => second.consumes(true),
    ));

  it('are held by the outbox of what follows', () =>
    holds(
      'held-2',
      () => second.relays(false),
      () => second.relays(true),
    ));

  it("are held by the service's own lag", () =>
    holds(
      'held-3',
      () => last.consumes(false),
      () => last.consumes(true),
    ));

  describe('with a call', () => {
    const task = (n: number, dueAt?: Date) => ({
      taskId: `00000000-0000-4000-8000-00000000000${n}`,
      kind: 'call',
      payload: Buffer.alloc(0),
      ...(dueAt && { dueAt }),
    });
    const lease = (leaseMs = 60_000) =>
      leaseTasks(second.db, 'worker', { rooms: [{ kind: 'call', room: 1 }], leaseMs, except: [] });
    afterEach(() => sql`delete from tasks`.execute(second.db));

    it('are held until it was tried, and not by one that failed or is due later', async () => {
      await insertTasks(second.db, [task(1), task(2, new Date(Date.now() + 3_600_000))]);
      const time = await last.now();
      await staysBehind(time);
      const leased = await lease();
      await staysBehind(time);
      await giveBackTasks(second.db, 'worker', leased, { afterMs: 0, error: 'no answer' });
      await horizonPassesNow();
      await lease();
      await horizonPassesNow();
    });

    it('are held by one whose worker is gone, or stopped, or that is leased once more', async () => {
      await insertTasks(second.db, [task(1)]);
      const time = await last.now();
      assert.equal((await lease(0)).length, 1);
      await staysBehind(time);
      const leased = await lease();
      assert.equal(leased[0]?.attempts, 2);
      await staysBehind(time);
      await giveBackTasks(second.db, 'worker', leased);
      await staysBehind(time);
    });

    it('are held by all that are open after a recovery', async () => {
      await insertTasks(second.db, [task(1), task(2)]);
      const inVain = async () =>
        giveBackTasks(second.db, 'worker', await lease(), { afterMs: 60_000, error: 'no answer' });
      await inVain();
      await sql`update tasks set due_at = now() - interval '1 s'`.execute(second.db);
      await beginAllTasks(second.db);
      const time = await last.now();
      await inVain();
      await staysBehind(time);
      await inVain();
      await horizonPassesNow();
    });
  });

  it('are missing as soon as the gate closes, and seen anew once it is open', async () => {
    const atOpening = Promise.withResolvers<WatermarkStatus>();
    const forget = last.gate.onChange((open) => open && atOpening.resolve(last.watermarks.status()));
    last.gate.recheck('a test');
    const none = { horizon: undefined, waitingFor: 'the log gate' };
    assert.deepEqual(last.watermarks.status(), none);
    assert.deepEqual(await atOpening.promise, none);
    forget();
    await horizonPassesNow();
  });

  it('are missing while NATS is away, and come back with it', async () => {
    await nats.kill();
    await until('there is none', () => last.watermarks.status().horizon === undefined);
    assert.match(last.watermarks.status().waitingFor, /cannot be read/);
    await nats.restart();
    await horizonPassesNow();
    assert.equal(last.watermarks.status().waitingFor, '');
  });

  it('outlive the loss of their bucket', async () => {
    await last.connection.request('$JS.API.STREAM.DELETE.KV_orderlog_watermarks', '', { timeoutMs: 5_000 });
    await horizonPassesNow();
  });

  it('let a timer fire once nothing is on its way, whatever the clock of the process says', async () => {
    const restoreClock = setClockForward(3_600_000);
    await first.relays(false);
    await commit(first, 'held');
    const dueAt = new Date((await last.now()).getTime() + 300);
    await writeTimers(last.db, new Map([['t', setTimer('fired', 'add', dueAt)]]));
    const worker = startTimerWorker({
      writer: last.writer,
      commands: { add: () => ({ type: 'Add', key: 'fired', amount: 1 }) as const },
      horizon: () => last.watermarks.status().horizon,
      gate: last.gate,
      clock,
      logger: silent,
      pollMs: 20,
    });
    try {
      await staysBehind(dueAt);
      assert.equal(await timersSet(last.db), 'fired');
      await first.relays(true);
      await eventually(async () => assert.equal(await timersSet(last.db), ''));
      const { rows } = await sql<{ key: string }>`
        select stream_id as key from events order by position desc limit 2`.execute(last.db);
      assert.deepEqual(
        rows.map(({ key }) => key),
        ['fired', 'held'],
      );
    } finally {
      await worker.stop();
      restoreClock();
    }
  });
});

/** Until it is restored, the process believes that it is later. */
function setClockForward(ms: number): () => void {
  const RealDate = Date;
  globalThis.Date = class extends RealDate {
    constructor(...args: [] | [number | string]) {
      if (args.length === 0) super(RealDate.now() + ms);
      else super(...args);
    }
    static override now = () => RealDate.now() + ms;
  } as DateConstructor;
  return () => {
    globalThis.Date = RealDate;
  };
}
