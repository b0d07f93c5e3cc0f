import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { after, before, describe, it } from 'mocha';
import { freshDatabase } from '../../cli/servers/testing.ts';
import { OrderlogError } from '../../platform/errors.ts';
import { type OrderBed, placeOrderRequest, startOrderBed } from './orderBed.testing.ts';

const CALLERS = 60;
const MAX_CALLS = 20;

describe('a storm of callers who repeat at once', () => {
  let bed: OrderBed;
  let drop: () => Promise<void>;

  before(async function () {
    this.timeout(60_000);
    const database = await freshDatabase();
    ({ drop } = database);
    bed = await startOrderBed(database.url, { maxConcurrentCalls: MAX_CALLS });
  });
  after(async () => {
    await bed.stop();
    await drop();
  });

  it('lets those go on that were let in, and in the end everybody, once', async function () {
    this.timeout(60_000);
    const { orderId } = await bed.client.placeOrder(placeOrderRequest());
    const refusals: OrderlogError[] = [];

    /** Repeats until it is accepted, whatever RetryInfo says. */
    async function storm(): Promise<string> {
      const request = placeOrderRequest();
      for (;;) {
        try {
          return (await bed.client.placeOrder(request, { timeoutMs: 60_000 })).orderId;
        } catch (error) {
          assert.ok(error instanceof OrderlogError);
          refusals.push(error);
        }
      }
    }

    const storming = Promise.all(Array.from({ length: CALLERS }, storm));
    // What goes on with a saga is not shed: it has a share of the places of its own.
    await bed.client.cancelOrder({ requestId: randomUUID(), orderId, message: '' }, { timeoutMs: 60_000 });
    const placed = await storming;

    assert.ok(refusals.length > 0, 'there was no storm');
    for (const { code, retryAfterMs } of refusals) {
      assert.equal(code, 'RESOURCE_EXHAUSTED');
      assert.ok(retryAfterMs, 'a refusal names the time to repeat after');
    }
    assert.equal(new Set(placed).size, CALLERS);
    const { rows } = await sql<{ orders: number; answers: number }>`select
      (select count(*)::int from events where version = 1) as orders,
      (select count(*)::int from requests) as answers`.execute(bed.db);
    // One order a request, and no refusal is remembered: the first order, its cancellation, and the storm's.
    assert.deepEqual(rows, [{ orders: CALLERS + 1, answers: CALLERS + 2 }]);
  });
});
