import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import { type DatabaseWithRoles, databaseWithRoles } from '../../cli/servers/databaseWithRoles.testing.ts';
import { type TestNats, testNats, testPostgres } from '../../cli/servers/testing.ts';
import { type Database, openDatabase } from '../../platform/database.ts';
import { proxyTo } from '../../platform/tcpProxy.testing.ts';
import { recordsOf, stories } from '../analytics/stories.testing.ts';
import { type OrdersLog, ordersLog } from '../engine/ordersLog.testing.ts';
import { eventually, messagesOf, type Projector } from '../engine/testbed.testing.ts';
import { type AnalyticsSetup, countedUpTo, rowsOf, SCHEMA, startAnalytics } from './tablesBed.testing.ts';

describe('analytics', function () {
  this.timeout(60_000);
  let adminUrl: string;
  let nats: TestNats;
  let log: OrdersLog;
  let database: DatabaseWithRoles;
  /** As the reader. */
  let db: Database;
  const running = new Set<Projector>();

  before(async function () {
    this.timeout(120_000);
    adminUrl = (await testPostgres()).url;
    nats = await testNats();
  });
  after(() => nats.stop());
  beforeEach(async () => {
    log = await ordersLog(nats.url);
    database = await databaseWithRoles(adminUrl);
    db = openDatabase({ url: database.readerUrl, applicationName: 'test', maxConnections: 2 });
  });
  afterEach(async () => {
    await Promise.all([...running].map(stop));
    await db.destroy();
    await log.remove();
    await database.drop();
  });

  const start = (more: Partial<AnalyticsSetup> = {}) => {
    const projector = startAnalytics({ log, database, ...more });
    running.add(projector);
    return projector;
  };
  const stop = async (projector: Projector) => {
    running.delete(projector);
    await projector.stop();
  };
  const reached = (sequence: number) =>
    eventually(async () => assert((await countedUpTo(db)) >= sequence, `not at ${sequence} yet`));
  const order = (name: keyof typeof stories) => recordsOf(randomUUID(), stories[name]);
  const ALL = [...(Object.keys(stories) as (keyof typeof stories)[])];
  const FUNNEL = [
    '2026-01-05 cancelled 2',
    '2026-01-05 completed 4',
    '2026-01-05 paid 4',
    '2026-01-05 placed 8',
    '2026-01-05 refunded 1',
    '2026-01-05 rejected 1',
    '2026-01-05 reserved 6',
  ];
  const SALES = ['2026-01-05 EUR 4 10120 0 0', '2026-01-06 EUR 0 0 1 2530'];
  const assertAllCountedOnce = async () => {
    assert.deepEqual(await rowsOf(db, 'funnel'), FUNNEL);
    assert.deepEqual(await rowsOf(db, 'daily_sales'), SALES);
  };

  it('counts sales and how far orders come, and shows them to its reader alone', async () => {
    start();
    await reached(await log.publish(...ALL.flatMap(order)));
    await assertAllCountedOnce();
    await assert.rejects(sql`delete from ${sql.id(SCHEMA, 'funnel')}`.execute(db), { code: '42501' });
  });

  it('counts nothing twice and loses nothing, whatever comes again and whoever starts again', async () => {
    const all = ALL.flatMap(order);
    const first = start();
    await reached(await log.publish(...all.slice(0, 9), ...all.slice(3, 9)));
    await stop(first);
    const last = await log.publish(...all.slice(9), ...all);
    const second = start();
    await reached(last);
    await assertAllCountedOnce();
    assert.deepEqual(
      second.lines.filter(({ msg }) => msg === 'projecting').map(({ sequence }) => sequence),
      [15],
    );
  });

  it('counts once when two run at once', async () => {
    const [a, b] = [start(), start()];
    for (const records of ALL.map(order)) await log.publish(...records);
    await reached(await log.publish(...order('is under way')));
    assert.deepEqual(await rowsOf(db, 'daily_sales'), SALES);
    const standsBy = ({ lines }: typeof a) => lines.at(-1)?.msg === 'standing by';
    await eventually(async () => assert([a, b].some(standsBy)));
    await stop(standsBy(a) ? b : a);
    await reached(await log.publish(...order('is under way')));
  });

  it('goes on by itself when the database was away', async () => {
    const url = new URL(database.url);
    const proxy = await proxyTo(Number(url.port));
    url.port = String(proxy.port);
    const projector = start({ database: { ...database, url: url.href } });
    const all = ALL.map(order);
    await reached(await log.publish(...all.slice(0, 4).flat()));
    proxy.cut();
    const last = await log.publish(...all.slice(4).flat());
    await eventually(async () => assert(projector.lines.some(({ msg }) => msg === 'not projecting')));
    proxy.mend();
    await reached(last);
    await assertAllCountedOnce();
    await stop(projector);
    await proxy.close();
  });

  it('counts once what was committed without an answer', async () => {
    const url = new URL(database.url);
    const proxy = await proxyTo(Number(url.port));
    url.port = String(proxy.port);
    const projector = start({ database: { ...database, url: url.href } });
    const all = ALL.map(order);
    await reached(await log.publish(...all.slice(0, 4).flat()));
    let isLost = false;
    proxy.onReply = (bytes) => {
      if (isLost || !bytes.includes('COMMIT')) return 'pass';
      isLost = true;
      return 'cut';
    };
    await reached(await log.publish(...all.slice(4).flat()));
    await assertAllCountedOnce();
    await eventually(async () => assert(projector.lines.some(({ why }) => why?.includes('COMMIT was lost'))));
    await stop(projector);
    await proxy.close();
  });

  it('fills a gap from the history of the order', async () => {
    const sale = order('completes');
    const [first, , third] = sale;
    assert(first && third);
    const projector = start({ history: () => sale });
    await reached(await log.publish(first, third));
    assert.deepEqual(projector.refolded, [first.streamId]);
    assert.deepEqual(await rowsOf(db, 'daily_sales'), ['2026-01-05 EUR 1 2530 0 0']);
  });

  it('parks an order whose event cannot be read, while the others are counted, and mends it at the next start', async () => {
    const [poisoned, other] = [order('completes'), order('completes')];
    const [first, second] = poisoned;
    assert(first && second);
    const projector = start();
    await reached(await log.publish(first, { ...second, payload: Buffer.from([0x0a, 0xff]) }, ...other));
    assert.deepEqual(await rowsOf(db, 'daily_sales'), ['2026-01-05 EUR 1 2530 0 0']);
    assert.deepEqual(messagesOf(projector, 'error'), ['parked: its state stays behind']);
    await stop(projector);

    start({ history: () => poisoned });
    await eventually(async () =>
      assert.deepEqual(await rowsOf(db, 'daily_sales'), ['2026-01-05 EUR 2 5060 0 0']),
    );
    const { rows } = await sql`select * from ${sql.id(SCHEMA, 'parked')}`.execute(db);
    assert.deepEqual(rows, []);
  });

  it('finds its place in a log that was made again', async () => {
    const first = start();
    await reached(await log.publish(...ALL.flatMap(order)));
    await stop(first);
    const last = await log.republish();
    start();
    await reached(last);
    await assertAllCountedOnce();
  });

  it('says to rebuild when its tables are of another shape', async () => {
    const first = start();
    await reached(await log.publish(...order('completes')));
    await stop(first);
    const other = start({ version: 2 });
    await eventually(async () =>
      assert(other.lines.some(({ why }) => why?.includes('orderlog rebuild analytics'))),
    );
    assert.equal(await countedUpTo(db), 4);
  });
});
