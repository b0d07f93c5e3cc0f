import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, it } from 'mocha';
import { pino } from 'pino';
import { type FreshDatabase, freshDatabase } from '../cli/servers/testing.ts';
import type { PoolCounts } from '../platform/database.ts';
import type { Stop } from '../platform/lifecycle.ts';
import { proxyTo, type TcpProxy } from '../platform/tcpProxy.testing.ts';
import { openAnalytics } from './analytics.ts';
import type { SalesModel } from './queries/salesModel.ts';

describe('analytics in a database that says nothing more', function () {
  this.timeout(30_000);
  let database: FreshDatabase;
  let proxy: TcpProxy;
  let analytics: SalesModel | undefined;
  let counts: () => PoolCounts;
  let stop: () => Promise<unknown>;
  before(async function () {
    this.timeout(120_000);
    database = await freshDatabase();
    const url = new URL(database.url);
    proxy = await proxyTo(Number(url.port));
    url.port = String(proxy.port);
    const lifecycle = {
      logger: pino({ level: 'silent' }),
      onStop(_what: string, close: Stop) {
        stop = async () => close(1_000);
      },
    };
    analytics = openAnalytics(url.href, lifecycle, (_pool, ofPool) => {
      counts = ofPool;
    });
  });
  after(async () => {
    await stop();
    await proxy.close();
    await database.drop();
  });

  it('are given up in the time of the read, and the connection soon after', async () => {
    assert.equal(await analytics?.checkpoint({ timeoutMs: 5_000 }), undefined);
    proxy.onReply = () => 'hold';
    const askedAt = performance.now();
    const read = analytics?.checkpoint({ timeoutMs: 300 });
    await assert.rejects(read ?? assert.fail(), { reason: 'ANALYTICS_UNAVAILABLE' });
    assert.ok(performance.now() - askedAt < 2_000, 'it took longer than it had');
    while (counts().total > 0) await sleep(50);
    proxy.onReply = () => 'pass';
    assert.equal(await analytics?.checkpoint({ timeoutMs: 5_000 }), undefined);
  });
});
