import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { after, afterEach, before, describe, it } from 'mocha';
import { freshDatabase } from '../cli/servers/testing.ts';
import { databaseClock } from './clock.ts';
import { type Database, isConnectionError, openDatabase } from './database.ts';
import { until } from './log/logFixture.testing.ts';

describe("the database's clock", () => {
  let url: string;
  let drop: () => Promise<void>;
  let db: Database;
  let stopping = new AbortController();

  before(async function () {
    this.timeout(120_000);
    ({ url, drop } = await freshDatabase());
    db = openDatabase({ url, applicationName: 'test', maxConnections: 1 });
  });
  afterEach(() => {
    stopping.abort();
    stopping = new AbortController();
  });
  after(async () => {
    await db.destroy();
    await drop();
  });

  const databaseMs = async () => {
    const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(db);
    return rows[0]?.now.getTime() ?? 0;
  };
  /** Of what the database tells before and after. */
  const aheadMs = async (clock: { now(): Date }) => {
    const beforeMs = await databaseMs();
    const nowMs = clock.now().getTime();
    const afterMs = await databaseMs();
    return nowMs < beforeMs ? nowMs - beforeMs : Math.max(0, nowMs - afterMs);
  };

  it('tells the time of the database', async () => {
    const clock = await databaseClock(db, stopping.signal);
    assert.ok(Math.abs(await aheadMs(clock)) < 100);
  });

  it('does not count the wait for a connection into the time', async () => {
    const busy = sql`select pg_sleep(0.6)`.execute(db);
    const clock = await databaseClock(db, stopping.signal);
    await busy;
    assert.ok(Math.abs(await aheadMs(clock)) < 100);
  });

  it('is not led astray by a measurement during which the process stood still', async () => {
    const resyncMs = 500;
    const clock = await databaseClock(db, stopping.signal, { resyncMs });
    await sleep(resyncMs);
    const untilMs = performance.now() + 400;
    while (performance.now() < untilMs);
    await sleep(20);
    assert.ok(Math.abs(await aheadMs(clock)) < 100);
  });

  it('follows the process when the wall clock steps, and never goes back', async () => {
    const clock = await databaseClock(db, stopping.signal, { resyncMs: 5 });
    const wall = Date.now;
    Date.now = () => wall() - 3_600_000;
    try {
      let last = clock.now().getTime();
      const first = last;
      for (let n = 0; n < 50; n++) {
        await sleep(2);
        const next = clock.now().getTime();
        assert.ok(next >= last);
        last = next;
      }
      assert.ok(last - first >= 90 && last - first < 600_000);
    } finally {
      Date.now = wall;
    }
  });

  describe('that is set back', () => {
    let stepped: Database;
    before(async () => {
      await sql`create schema stepped`.execute(db);
      await sql`create table stepped.step as select 0 as ms`.execute(db);
      await sql`create function stepped.clock_timestamp() returns timestamptz language sql as
        'select pg_catalog.clock_timestamp() + (select ms from stepped.step) * interval ''1 millisecond'''`.execute(
        db,
      );
      stepped = openDatabase({ url, applicationName: 'test', maxConnections: 1 });
      await sql`set search_path = stepped, pg_catalog, public`.execute(stepped);
    });
    after(() => stepped.destroy());

    const step = (ms: number) => sql`update stepped.step set ms = ${ms}`.execute(db);
    const backs: number[] = [];
    const startStepped = () =>
      databaseClock(stepped, stopping.signal, { resyncMs: 5, onBack: (ms) => backs.push(ms) });
    const isAheadBy = async (clock: { now(): Date }, ms: number) =>
      until(`it is ${ms} ms ahead`, async () => Math.abs((await aheadMs(clock)) - ms) < 100);

    it('stands still by a little until it is reached again', async () => {
      await step(0);
      const clock = await startStepped();
      await step(300);
      await isAheadBy(clock, 300);
      await step(0);
      let last = clock.now();
      for (const endMs = performance.now() + 200; performance.now() < endMs; await sleep(2)) {
        const next = clock.now();
        assert.ok(next >= last);
        last = next;
      }
      await isAheadBy(clock, 0);
      assert.deepEqual(backs, []);
    });

    it('goes back with the database from far ahead, and says so once', async () => {
      await step(0);
      const clock = await startStepped();
      await step(86_400_000);
      await isAheadBy(clock, 86_400_000);
      await step(0);
      await isAheadBy(clock, 0);
      await sleep(50);
      assert.equal(backs.length, 1);
      assert.ok(Math.abs((backs[0] ?? 0) - 86_400_000) < 1_000);
    });
  });

  it('goes on by itself while the database is away, and says so', async () => {
    const away = openDatabase({ url, applicationName: 'test', maxConnections: 1 });
    const errors: unknown[] = [];
    const clock = await databaseClock(away, stopping.signal, {
      resyncMs: 10,
      onError: (error) => errors.push(error),
    });
    await away.destroy();
    await until('it says so', () => errors.length > 0);
    assert.ok(Math.abs(await aheadMs(clock)) < 100);
  });

  it('throws if it cannot be read at the start', async () => {
    const away = openDatabase({
      url: 'postgres://x@127.0.0.1:1/x',
      applicationName: 'test',
      maxConnections: 1,
    });
    await assert.rejects(databaseClock(away, stopping.signal), isConnectionError);
    await away.destroy();
  });
});
