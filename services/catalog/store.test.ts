import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { after, before, beforeEach, describe, it } from 'mocha';
import { runBatch, type Writer } from '../../platform/commandBatch.ts';
import { NOW } from '../../platform/deciderTesting.ts';
import { derivedId } from '../../platform/ids.ts';
import type { AggregateTable } from '../../platform/writeModel.ts';
import { migratedDatabase, type TestDatabase } from '../database.testing.ts';
import type { CatalogCommand } from './domain/commands.ts';
import type { CatalogEvent } from './domain/events.ts';
import { confirmFor, contextOf, giveBackFor, putItem, reserve } from './domain/samples.testing.ts';
import type { CatalogState, Item } from './domain/state.ts';
import { catalogModel } from './model.ts';
import { itemsTable, listItems, reservationsTable } from './store.ts';

const orderId = (n: number): string => derivedId(`order/a test/${n}`);
const reserveFor = (n: number, ...lines: [sku: string, quantity: number][]) =>
  reserve(lines, contextOf(orderId(n)));
const confirm = (n: number) => confirmFor(orderId(n));
const release = (n: number) => ({ type: 'ReleaseReservation', context: contextOf(orderId(n)) }) as const;

describe('items and reservations in PostgreSQL', () => {
  let test: TestDatabase;
  let writer: Writer<CatalogState, CatalogCommand, CatalogEvent>;
  let sku: string;
  let count = 0;

  before(async function () {
    this.timeout(120_000);
    test = await migratedDatabase('catalog');
    writer = { db: test.db, model: catalogModel, maxPayloadBytes: 1_000_000, onCommitted: () => undefined };
  });
  beforeEach(() => {
    count += 1;
    sku = `TEA-${count}`;
  });
  after(() => test.drop());

  const run = async (...commands: CatalogCommand[]) => {
    const outcomes = await runBatch(
      writer,
      commands.map((command) => ({ command, now: NOW })),
    );
    for (const outcome of outcomes) if (outcome.kind === 'failed') throw outcome.error;
    return outcomes;
  };
  const stock = async () => {
    const item = (await itemsTable.read(test.db, [sku])).get(sku);
    return `${item?.state?.reserved} of ${item?.state?.onHand}, v${item?.version}`;
  };
  const reservation = async (n: number) =>
    (await reservationsTable.read(test.db, [orderId(n)])).get(orderId(n));

  it('follow a reservation through separate batches, which find its items by themselves', async () => {
    await run(putItem(sku, 9n));
    await run(reserveFor(1, [sku, 2], [sku, 1]), reserveFor(2, [sku, 4]));
    assert.equal(await stock(), '7 of 9, v1');
    await run(confirm(1), release(2), confirm(1));
    assert.equal(await stock(), '0 of 6, v1');
    assert.equal((await reservation(1))?.state.status, 'confirmed');
    await run(giveBackFor(orderId(1)));
    assert.equal(await stock(), '0 of 9, v1');
    assert.equal((await reservation(1))?.version, 3);
  });

  it('do the same in one batch', async () => {
    await run(putItem(sku, 9n), reserveFor(11, [sku, 9]), release(11), reserveFor(12, [sku, 3]), confirm(12));
    assert.equal(await stock(), '0 of 6, v1');
  });

  it('come back as the decider left them', async () => {
    await run(putItem(sku, 9n));
    const commands = [
      reserveFor(21, [sku, 2]),
      reserveFor(22, [sku, 20]),
      reserveFor(23, ['NO-SUCH', 1]),
      release(24),
    ];
    const outcomes = await run(...commands);
    for (const [index, outcome] of outcomes.entries()) {
      assert.ok(outcome.kind === 'accepted');
      const found = await reservation(21 + index);
      assert.deepEqual(found, { state: outcome.after.state.reservation, version: 1 });
    }
    await run({ type: 'AdjustStock', sku, delta: -1n, reason: 'broken' });
    assert.equal(await stock(), '2 of 8, v2');
  });

  it('sell exactly what there is, to many at once', async () => {
    await run(putItem(sku, 10n));
    const batches = Array.from({ length: 5 }, (_, batch) =>
      run(...Array.from({ length: 6 }, (_, n) => reserveFor(100 + batch * 6 + n, [sku, 1]))),
    );
    const events = (await Promise.all(batches)).flat().flatMap((outcome) => {
      assert.ok(outcome.kind === 'accepted');
      return outcome.events.map(({ type }) => type);
    });
    assert.equal(events.filter((type) => type.endsWith('ItemsReserved')).length, 10);
    assert.equal(events.filter((type) => type.endsWith('ReserveFailed')).length, 20);
    assert.equal(await stock(), '10 of 10, v1');
  });

  it('keep what others reserve of an item that is put on sale just behind the locks of a batch', async () => {
    let isFirst = true;
    // Between the lock, which found no row, and what is read: first the item, and a reservation when it has been read.
    const late: AggregateTable<Item | undefined> = {
      ...itemsTable,
      async read(tx, keys) {
        if (!isFirst) return itemsTable.read(tx, keys);
        isFirst = false;
        await run(putItem(sku, 10n));
        const found = await itemsTable.read(tx, keys);
        await run(reserveFor(302, [sku, 5]));
        return found;
      },
    };
    const tables = catalogModel.tables.map((table) => (table === itemsTable ? late : table));
    const [outcome] = await runBatch({ ...writer, model: { ...catalogModel, tables } }, [
      { command: reserveFor(301, [sku, 3]), now: NOW },
    ]);
    assert.equal(outcome?.kind, 'accepted');
    assert.equal(await stock(), '8 of 10, v1');
  });

  it('hold a release and its reserve apart when both come first at once', async () => {
    await run(putItem(sku, 5n));
    await Promise.all([run(reserveFor(200, [sku, 5])), run(release(200)), run(reserveFor(200, [sku, 5]))]);
    assert.equal((await reservation(200))?.state.status, 'released');
    assert.equal(await stock(), '0 of 5, v1');
  });

  it('are guarded by the database itself', async () => {
    await run(putItem(sku, 5n));
    await assert.rejects(
      sql`update items set reserved = 6 where sku = ${sku}`.execute(test.db),
      /check constraint/,
    );
    await assert.rejects(
      sql`update items set on_hand = -1 where sku = ${sku}`.execute(test.db),
      /check constraint/,
    );
    await assert.rejects(sql`delete from reservations`.execute(test.db), /permission denied/);
  });

  it('are listed by SKU, page by page, in the order of their bytes', async () => {
    const skus = ['p-b', 'p-B', 'p-a', 'p-A.1', 'p-A_1'];
    await run(...skus.map((of) => putItem(of, 1n)));
    const names = (page: Awaited<ReturnType<typeof listItems>>) => page.map(({ state }) => state.sku);
    const sorted = skus.toSorted();
    assert.deepEqual(names(await listItems(test.db, 'p-', 3)), sorted.slice(0, 3));
    assert.deepEqual(names(await listItems(test.db, sorted[2] ?? '', 3)), sorted.slice(3));
  });
});
