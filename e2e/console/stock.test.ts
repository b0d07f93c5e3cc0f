/** What operators do in the console: adjust stock, and settle parked events. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'mocha';
import pg from 'pg';
import { parkEvents } from '../../platform/consume/parked.ts';
import { openDatabase, transact } from '../../platform/database.ts';
import { partitionOf } from '../../platform/ids.ts';
import { ended, orderOf, placeUntilAccepted } from '../support/orders.ts';
import { system } from '../support/system.ts';
import { assertAccessible } from './support/axe.ts';
import { consoleBed } from './support/bed.ts';
import { shot } from './support/shot.ts';

const TYPE = 'orderlog.catalog.v1.ItemsReserved';
const UNREADABLE = Buffer.from([0xff, 0xff]);

describe('operators at the console', function () {
  this.timeout(120_000);
  const bed = consoleBed(system);

  it('adjust stock, and are told why they may not', async () => {
    const sku = await bed.system.newItem({ onHand: 10n });
    const page = await bed.open('/catalog', { expected: /409/ });
    // Its SKU is random, and the list by SKU: it may be on another page.
    const row = page.locator(`tr[data-sku="${sku}"]`);
    const further = page.getByRole('button', { name: 'Next', disabled: false });
    await row.or(further).first().waitFor();
    while (!(await row.isVisible())) {
      await further.click();
      await row.or(further).first().waitFor();
    }
    const adjust = async (delta: string) => {
      await page
        .getByRole('dialog')
        .getByLabel(/^Pieces/)
        .fill(delta);
      await page.getByRole('button', { name: 'Adjust the stock' }).click();
    };
    await page.getByRole('button', { name: `Adjust ${sku}` }).click();
    await adjust('-11');
    await page.getByRole('dialog').getByRole('alert').waitFor();
    await assertAccessible(page);
    await shot(page, 'adjust-refused');
    await adjust('-7');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await row.getByText('3 left').waitFor();
    assert.equal((await bed.system.catalog.getItem({ sku })).item?.onHand, 3n);
  });

  it('look into parked events, replay what can be handled now, and discard the rest', async () => {
    const { orderId } = await placeUntilAccepted(bed.system.orders, orderOf());
    await ended(bed.system.orders, orderId);
    const spoilt = randomUUID();
    const payload = await reservedPayload(bed.system.urls.databases.catalog, orderId);
    await park(bed.system.urls.databases.order, [
      [spoilt, UNREADABLE],
      [orderId, payload],
    ]);
    const page = await bed.open('/parked');
    const list = page.locator('.parked-list button');
    await list.nth(1).waitFor();
    await assertAccessible(page);
    await shot(page, 'parked-events');

    const detail = page.getByRole('region', { name: 'ItemsReserved' });
    const choose = async (aggregateId: string) => {
      for (const entry of await list.all()) {
        await entry.click();
        if (await detail.getByText(aggregateId, { exact: true }).isVisible()) return;
      }
      assert.fail(`${aggregateId} is not parked`);
    };
    await choose(orderId);
    await detail.getByLabel('Payload', { exact: true }).getByText('SKU-COFFEE').waitFor();
    await detail.getByRole('button', { name: 'Replay' }).click();
    await page.getByText('1 replayed, 0 still parked').waitFor();
    await list.nth(1).waitFor({ state: 'detached' });

    await detail.getByText('2 bytes that cannot be read').waitFor();
    await detail.getByRole('button', { name: 'Replay' }).click();
    await page.getByText('It failed again, and stays parked').waitFor();
    await detail.getByRole('button', { name: 'Discard' }).click();
    await page.getByRole('dialog').getByLabel(/^Why/).fill('its bytes are spoilt');
    await page.getByRole('dialog').getByLabel('Who decides').fill('ada');
    await page.getByRole('button', { name: 'Discard it' }).click();
    await page.getByText('Nothing is parked').waitFor();
  });
});

/** The bytes of the event by which Catalog told of an order's reservation. */
async function reservedPayload(url: string, orderId: string): Promise<Buffer> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ payload: Buffer }>(
      'select payload from events where type = $1 and position($2 in stream_id) > 0',
      [TYPE, orderId],
    );
    assert.ok(rows[0], `no ${TYPE} of ${orderId}`);
    return rows[0].payload;
  } finally {
    await client.end();
  }
}

/** As the consumer does it when a handler fails; not by way of the log, which keeps what other tests look at. */
async function park(url: string, events: readonly (readonly [streamId: string, payload: Buffer])[]) {
  const db = openDatabase({ url, applicationName: 'e2e', maxConnections: 1 });
  try {
    const parkings = events.map(([streamId, payload], n) => ({
      message: {
        stream: 'CATALOG',
        sequence: 900_000_000 + n,
        subject: `catalog.0.0.ItemsReserved`,
        partition: partitionOf(streamId),
        eventId: randomUUID(),
        type: TYPE,
        streamId,
        version: 1,
        time: new Date(),
        prev: 0,
        epoch: 1,
        cause: undefined,
        traceparent: undefined,
        payload,
      },
      error: `${TYPE} cannot be handled: a test has parked it`,
    }));
    await transact(db, (tx) => parkEvents(tx, 'order.catalog', 'CATALOG', parkings));
  } finally {
    await db.destroy();
  }
}
