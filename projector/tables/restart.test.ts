import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, describe, it } from 'mocha';
import { databaseWithRoles } from '../../cli/servers/databaseWithRoles.testing.ts';
import { freePort } from '../../cli/servers/ports.ts';
import { startPostgres } from '../../cli/servers/postgres.ts';
import { ownFolder, testNats } from '../../cli/servers/testing.ts';
import { openDatabase } from '../../platform/database.ts';
import { recordsOf, stories } from '../analytics/stories.testing.ts';
import { ordersLog } from '../engine/ordersLog.testing.ts';
import { eventually } from '../engine/testbed.testing.ts';
import { countedUpTo, rowsOf, startAnalytics } from './tablesBed.testing.ts';

describe('analytics and a PostgreSQL that is killed', function () {
  this.timeout(180_000);
  const stops: (() => Promise<unknown>)[] = [];
  after(async () => {
    for (const stop of stops.reverse()) await stop();
  });

  it('has every order in the sums, once, when it is back', async () => {
    const folder = ownFolder('killed-postgres');
    // Its own, to be killed: not the one that the environment may name.
    const { ORDERLOG_POSTGRES_URL: _, ...env } = process.env;
    const options = { dataDir: folder, logFile: `${folder}.log`, port: await freePort(), env };
    const first = await startPostgres(options);
    stops.push(() => first.stop(1_000));
    const database = await databaseWithRoles(first.url, 'analytics');
    const nats = await testNats();
    stops.push(() => nats.stop());
    const log = await ordersLog(nats.url);
    stops.push(() => log.remove());
    const db = openDatabase({ url: database.readerUrl, applicationName: 'test', maxConnections: 1 });
    stops.push(() => db.destroy());
    const projector = startAnalytics({ log, database });
    stops.push(() => projector.stop());

    const orders = Array.from({ length: 200 }, () => recordsOf(randomUUID(), stories.completes));
    const publish = (from: number, to: number) => log.publish(...orders.slice(from, to).flat());
    const publishing = publish(0, 100);
    await eventually(async () => assert((await countedUpTo(db)) > 0));
    first.kill('SIGKILL');
    await Promise.all([first.exited, publishing]);
    const last = await publish(100, 200);

    const second = await startPostgres(options);
    stops.push(() => second.stop(5_000));
    await eventually(async () => assert.equal(await countedUpTo(db), last), 60_000);
    assert.deepEqual(await rowsOf(db, 'daily_sales'), ['2026-01-05 EUR 200 506000 0 0']);
    assert(projector.lines.some(({ msg }) => msg === 'not projecting'));
  });
});
