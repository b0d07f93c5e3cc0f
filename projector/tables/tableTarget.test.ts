import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, describe, it } from 'mocha';
import { pino } from 'pino';
import { databaseWithRoles } from '../../cli/servers/databaseWithRoles.testing.ts';
import { testPostgres } from '../../cli/servers/testing.ts';
import { openDatabase } from '../../platform/database.ts';
import { roleIn } from '../../platform/databaseUrl.ts';
import { OrderStatus } from '../../proto/gen/orderlog/order/v1/types.ts';
import { analyticsProjection } from '../analytics/projection.ts';
import type { CountedOrder } from '../analytics/state.ts';
import { NOON } from '../analytics/stories.testing.ts';
import type { Changed } from '../engine/fold.ts';
import { ensureTables } from './generation.ts';
import { tableTarget } from './tableTarget.ts';

const openOrder = (lines: number): CountedOrder => ({
  status: OrderStatus.ORDER_STATUS_PENDING,
  placedAt: NOON,
  took: {},
  lines: Array.from({ length: lines }, (_, n) => ({
    sku: `SKU-${n}`,
    name: `Something that is number ${n}`,
    quantity: 1,
    currency: 'EUR',
    minor: 1_000n,
  })),
});

describe('states and sums in PostgreSQL', function () {
  this.timeout(120_000);
  const stops: (() => Promise<unknown>)[] = [];
  after(async () => {
    for (const stop of stops.reverse()) await stop();
  });

  it('keeps some thousand usual orders in memory, and of those with the most lines some hundred', async () => {
    const database = await databaseWithRoles((await testPostgres()).url, 'analytics');
    const projection = analyticsProjection({ getOrderHistory: () => Promise.reject(new Error('not asked')) });
    const roles = { writer: roleIn(database.url), reader: roleIn(database.readerUrl) };
    const db = openDatabase({ url: database.url, applicationName: 'test', maxConnections: 2 });
    stops.push(() => db.destroy());
    const logger = pino({ level: 'silent' });
    const prepare = () => ensureTables(database.migrationUrl, projection, roles);
    const target = tableTarget(projection, { db, logger, writer: randomUUID(), prepare });
    const open = await target.open(async () => 1, AbortSignal.timeout(60_000));
    let sequence = 0;
    const kept = async (orders: number, lines: number) => {
      const changed = new Map<string, Changed<CountedOrder>>();
      for (let n = 0; n < orders; n++) {
        const state = openOrder(lines);
        changed.set(randomUUID(), { state, version: 1, sequence: ++sequence, stored: undefined });
      }
      const to = { sequence, lastEventId: randomUUID(), streamEpoch: 1 };
      await open.stage({ changed, poisoned: new Map(), refolded: new Set() })(to);
      return [...changed.keys()].filter((id) => open.cache.get(id) !== undefined).length;
    };
    assert.equal(await kept(5_000, 2), 5_000);
    const large = await kept(1_000, 100);
    assert.ok(large > 100 && large < 500, `${large} orders of 100 lines`);
  });
});
