import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import { type Database, openDatabase } from '../../../platform/database.ts';
import { sumTables } from '../../../projector/analytics/contributions.ts';
import { analyticsProjection } from '../../../projector/analytics/projection.ts';
import { recordsOf, stories } from '../../../projector/analytics/stories.testing.ts';
import { type OrdersLog, ordersLog } from '../../../projector/engine/ordersLog.testing.ts';
import { eventually, type Projector } from '../../../projector/engine/testbed.testing.ts';
import { startAnalytics } from '../../../projector/tables/tablesBed.testing.ts';
import { type DatabaseWithRoles, databaseWithRoles } from '../../servers/databaseWithRoles.testing.ts';
import { ownFolder, type TestNats, testNats, testPostgres } from '../../servers/testing.ts';
import { differing } from '../comparison.ts';
import { drop, rebuild } from '../rebuild.ts';
import { rollBack } from '../rollBack.ts';
import type { RebuildStore } from '../store.ts';
import { plainly, withLease } from '../testbed.testing.ts';
import { readStandings } from './records.ts';
import { tableStore } from './store.ts';

/** The run of a rebuild that was killed, or stands still. */
const DEAD = 'dead';

const analytics = () =>
  analyticsProjection({ getOrderHistory: () => Promise.reject(new Error('not asked')) });

/** Analytics of another shape: daily sales count baskets too, and the times of steps are in a table of another name. */
async function reshaped() {
  const fold = analytics();
  const tablesFile = join(ownFolder('reshaped'), 'tables.sql');
  const text = await readFile(fold.tablesFile, 'utf8');
  const renamed = text.replace('create table step_times', 'create table step_durations');
  const column = 'refunded_minor   numeric not null,';
  await writeFile(tablesFile, renamed.replace(column, `${column} baskets bigint not null,`));
  const { daily_sales, step_times, ...others } = sumTables;
  const sales = { ...daily_sales, sums: [...daily_sales.sums, 'baskets'] };
  const contributions: typeof fold.contributions = (order) =>
    fold.contributions(order).map((each) => {
      if (each.table === 'daily_sales') return { ...each, sums: [...each.sums, 1n] };
      return each.table === 'step_times' ? { ...each, table: 'step_durations' } : each;
    });
  const tables = { ...others, daily_sales: sales, step_durations: step_times };
  return { ...fold, tablesFile, tables, contributions };
}

describe('rebuild of analytics', function () {
  this.timeout(60_000);
  let adminUrl: string;
  let nats: TestNats;
  let log: OrdersLog;
  let database: DatabaseWithRoles;
  /** As the owner. */
  let db: Database;
  let store: RebuildStore;
  let projector: Projector;

  before(async function () {
    this.timeout(120_000);
    adminUrl = (await testPostgres()).url;
    nats = await testNats();
  });
  after(() => nats.stop());
  beforeEach(async () => {
    log = await ordersLog(nats.url);
    database = await databaseWithRoles(adminUrl);
    db = openDatabase({ url: database.migrationUrl, applicationName: 'test', maxConnections: 4 });
    store = await tableStore({ db, connection: log.connection }, analytics());
    projector = startAnalytics({ log, database });
  });
  afterEach(async () => {
    await projector.stop();
    await db.destroy();
    await log.remove();
    await database.drop();
  });

  const held = <T>(work: Parameters<typeof withLease<T>>[2]) => withLease({ log }, store, work);
  const reached = (sequence: number) =>
    eventually(async () =>
      assert(((await store.liveState().catch(() => undefined))?.sequence ?? 0) >= sequence),
    );
  const orders = (count: number) =>
    Array.from({ length: count }, () => recordsOf(randomUUID(), stories.completes)).flat();
  const completed = async () => {
    const live = (await store.find('live'))?.id ?? '';
    const reader = openDatabase({ url: database.readerUrl, applicationName: 'test', maxConnections: 1 });
    const { rows } = await sql<{ n: bigint }>`
      select sum(completed_orders)::bigint as n from ${sql.id(live, 'daily_sales')}`.execute(reader);
    await reader.destroy();
    return Number(rows[0]?.n);
  };

  it('lets readers go over to new tables, which the projector goes on feeding, and back again', async () => {
    await reached(await log.publish(...orders(20)));
    const outcome = await held((around) => rebuild(around, plainly));
    assert.equal(outcome.action, 'switched');
    assert.equal(differing(outcome.comparison), 0);
    assert.equal(outcome.comparison.hashBefore, outcome.comparison.hashAfter);
    assert.deepEqual(await readStandings(db, 'analytics'), {
      live: 'analytics_2',
      next: null,
      previous: 'analytics_1',
    });
    await reached(await log.publish(...orders(5)));
    assert.equal(await completed(), 25);

    const back = await held((around) => rollBack(around, undefined));
    assert.equal(back.action, 'rolledBack');
    assert.equal((await store.find('live'))?.id, 'analytics_1');
    await reached(await log.publish(...orders(1)));
    assert.equal(await completed(), 26);
    await drop(store, 'previous');
    assert.equal(await store.find('previous'), undefined);
  });

  it('shows what differs, in states and in sums', async () => {
    await reached(await log.publish(...orders(3)));
    await sql`update analytics_1.daily_sales set completed_minor = completed_minor + 1`.execute(db);
    await sql`delete from analytics_1.states
      where stream_id = (select min(stream_id) from analytics_1.states)`.execute(db);
    const outcome = await held((around) => rebuild(around, plainly));
    assert.equal(outcome.action, 'differs');
    const { kinds, examples } = outcome.comparison;
    assert.equal(kinds.extra, 1);
    assert(examples.some(({ id, fields }) => id.startsWith('daily_sales') && 'completed_minor' in fields));
    assert.equal((await store.find('live'))?.id, 'analytics_1');
    const done = await held((around) => rebuild(around, { ...plainly, acceptDifferences: true }));
    assert.equal(done.action, 'switched');
    assert.equal(await completed(), 3);
  });

  it('leaves the live tables to the projector again when it is killed while it switches', async () => {
    await reached(await log.publish(...orders(1)));
    const [live, next] = [await store.find('live'), await store.create()];
    assert(live);
    const lock = { owner: 'nobody', run: DEAD, blocked: live.id, expiresAt: new Date(0).toISOString() };
    await store.locks.write(lock, await store.locks.read());
    await store.hold(live, DEAD);
    await reached(await log.publish(...orders(1)));
    assert.equal(await completed(), 2);
    await assert.rejects(store.swap(live, next, DEAD), /is written again/);
  });

  it('lets the live tables be written again when it takes over from one that was killed while it switched', async () => {
    await reached(await log.publish(...orders(1)));
    await projector.stop();
    const live = await store.find('live');
    assert(live);
    await store.create();
    const lock = { owner: 'nobody', run: DEAD, blocked: live.id, expiresAt: new Date().toISOString() };
    await store.locks.write(lock, await store.locks.read());
    await store.hold(live, DEAD);
    await held(() => drop(store, 'next'));
    assert.equal((await store.locks.read())?.lock.blocked, undefined);
    projector = startAnalytics({ log, database });
    await reached(await log.publish(...orders(1)));
    assert.equal(await completed(), 2);
  });

  it('neither switches nor lets go when it stood still while another took over', async () => {
    await reached(await log.publish(...orders(1)));
    await projector.stop();
    const [live, next] = [await store.find('live'), await store.create()];
    assert(live);
    const lock = { owner: 'nobody', run: DEAD, blocked: live.id, expiresAt: new Date(0).toISOString() };
    await store.locks.write(lock, await store.locks.read());
    await store.hold(live, DEAD);
    await held(async ({ lease }) => {
      await lease.setBlocked(live.id);
      await store.hold(live, lease.run);
      await assert.rejects(store.swap(live, next, DEAD), /has taken over/);
      await assert.rejects(store.release(live, DEAD), /has taken over/);
      await assert.rejects(store.hold(live, DEAD), /has taken over/);
      assert.equal((await store.find('live'))?.id, live.id);
      await store.swap(live, next, lease.run);
      await lease.setBlocked(undefined);
    });
    assert.equal((await store.find('live'))?.id, next.id);
    await assert.rejects(store.drop(next), /has taken over/);
  });

  it('finds no difference in the sums of tables that are behind', async () => {
    await reached(await log.publish(...orders(5)));
    await projector.stop();
    await log.publish(...orders(5));
    const outcome = await held((around) => rebuild(around, plainly));
    assert.equal(outcome.action, 'switched');
    assert.equal(await completed(), 10);
  });

  it('makes tables of the new version, and refuses to go over while a projector writes the old ones', async () => {
    const version = 2;
    store = await tableStore({ db, connection: log.connection }, { ...analytics(), version });
    await reached(await log.publish(...orders(2)));
    await assert.rejects(
      held((around) => rebuild(around, plainly)),
      /the projector that runs is of another version/,
    );
    await projector.stop();
    const outcome = await held((around) => rebuild(around, plainly));
    assert.equal(outcome.action, 'switched');
    projector = startAnalytics({ log, database, version });
    await reached(await log.publish(...orders(1)));
    assert.equal(await completed(), 3);
  });

  it('makes tables of another shape, and compares what both have', async () => {
    await reached(await log.publish(...orders(2)));
    await projector.stop();
    await log.publish(...orders(1));
    store = await tableStore({ db, connection: log.connection }, await reshaped());
    await sql`update analytics_1.daily_sales set completed_minor = completed_minor + 1`.execute(db);
    const stopped = await held((around) => rebuild(around, plainly));
    assert.equal(stopped.action, 'differs');
    assert.deepEqual([...stopped.comparison.paths], [['completed_minor', 1]]);

    await sql`update analytics_1.daily_sales set completed_minor = completed_minor - 1`.execute(db);
    const outcome = await held((around) => rebuild(around, plainly));
    assert.equal(outcome.action, 'switched');
    assert.deepEqual(
      new Set(outcome.comparison.notCompared),
      new Set([
        'daily_sales.baskets',
        ...['day', 'step', 'bucket', 'orders'].flatMap((column) => [
          `step_times.${column}`,
          `step_durations.${column}`,
        ]),
      ]),
    );
    assert.equal(await completed(), 3);
  });

  it('goes over though it cannot read what the version before has stored', async () => {
    const order = recordsOf(randomUUID(), stories.completes);
    await reached(await log.publish(...order.slice(0, 1)));
    await projector.stop();
    await log.publish(...order.slice(1));
    const fold = analytics();
    const stored = {
      toJson: (state: Parameters<typeof fold.toJson>[0]) => ({ order: fold.toJson(state) }),
      fromJson(json: object) {
        if (!('order' in json)) throw new Error('of another form');
        return fold.fromJson(json.order as object);
      },
    };
    store = await tableStore({ db, connection: log.connection }, { ...fold, ...stored, version: 2 });
    const outcome = await held((around) => rebuild(around, plainly));
    assert.equal(outcome.action, 'switched');
    assert(outcome.comparison.notCompared.includes('daily_sales.completed_minor'));
    assert.equal(await completed(), 1);
  });
});
