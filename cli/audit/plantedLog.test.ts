import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'mocha';
import type { StoredEvent } from '../../platform/events.ts';
import { eventIdOf, PARTITIONS, partitionOf } from '../../platform/ids.ts';
import { publishAfter } from '../../platform/log/publish.ts';
import { layOut } from '../../platform/log/publishBatch.ts';
import { createStream } from '../../platform/log/stream.ts';
import { CATALOG, PAYMENTS } from '../../proto/streams.ts';
import { type ItemEvent, itemEvents } from './events.ts';
import { analytics } from './invariants/analytics.ts';
import { checkpoints } from './invariants/checkpoints.ts';
import { folds } from './invariants/folds.ts';
import { log } from './invariants/log.ts';
import { stock } from './invariants/stock.ts';
import { stream } from './invariants/stream.ts';
import { type PlantedBed, startPlantedBed } from './plantedBed.testing.ts';
import { euro } from './stories.testing.ts';

/** The events of one item. */
const itemHistory = (sku: string, ...events: readonly ItemEvent[]): readonly StoredEvent[] =>
  events.map((event, index) => ({
    streamId: `item/${sku}`,
    version: index + 1,
    eventId: eventIdOf('catalog', `item/${sku}`, index + 1),
    type: itemEvents.fullName(event.type),
    partition: partitionOf(sku),
    time: new Date(),
    cause: undefined,
    traceparent: undefined,
    payload: itemEvents.encode(event),
  }));

const put = (sku: string): ItemEvent => ({
  type: 'ItemPut',
  data: { sku, name: 'A mug', unitPrice: euro(450n), initialOnHand: 10n },
});
const adjusted = (sku: string): ItemEvent => ({
  type: 'StockAdjusted',
  data: { sku, delta: 1n, onHand: 11n, reason: 'counted' },
});

describe('an audit of a log that nobody of ours has written', function () {
  this.timeout(120_000);
  let bed: PlantedBed;
  before(async () => {
    bed = await startPlantedBed();
  });
  after(() => bed?.stop());

  const swapped = `T-${randomUUID()}`;
  const spec = { name: CATALOG.name, subjectPrefix: CATALOG.subjectPrefix, maxBytes: 1_000_000, replicas: 1 };

  it('finds a stream that is gone', async () => {
    await bed.run(
      'payment',
      `insert into relay (stream, stream_created, stream_epoch, position, prev)
       values ($1, 'then', 1, 0, array_fill(0::bigint, array[256]))`,
      PAYMENTS.name,
    );
    assert.deepEqual(await bed.found(stream), ['PAYMENTS: the server has no such stream']);
  });

  it('finds a consumer whose ranges leave out the last partitions', async () => {
    await bed.run(
      'order',
      `insert into checkpoints (consumer, first_partition, last_partition, stream, sequence, stream_epoch)
       values ('order.catalog', 0, 254, $1, 7, 1)`,
      CATALOG.name,
    );
    const leavesOut = 'order.catalog: its ranges leave out the last partitions';
    assert.deepEqual(await bed.found(checkpoints), [leavesOut]);
    await bed.run('order', 'update checkpoints set last_partition = 255');
    assert.deepEqual(await bed.found(checkpoints), [], 'there is no stream yet');
  });

  it('finds a message that comes before its predecessor', async () => {
    const events = itemHistory(swapped, put(swapped), adjusted(swapped));
    await createStream(bed.sources.log, spec, 1);
    await bed.append('catalog', events);
    const own = { service: 'catalog', spec, db: bed.sources.databases.catalog, connection: bed.sources.log };
    const prev = new Array<number>(PARTITIONS).fill(0);
    const record = { created: '', epoch: 1, position: 0, prev, lastId: 0n };
    const { messages } = layOut(own, record, events.toReversed());
    await publishAfter(bed.sources.log, spec.name, 0, messages);
    assert.deepEqual(await bed.found(log), [
      `CATALOG item/${swapped}: a message comes before its predecessor`,
    ]);
  });

  it('finds consumers that stand beyond the end, or nowhere', async () => {
    assert.deepEqual(await bed.found(checkpoints), [
      'order.catalog: it stands beyond the end of the stream',
      'payment.catalog: it has no checkpoint, and its stream has events',
    ]);
  });

  it('finds an item without a row, and a row without an item', async () => {
    const none = `T-${randomUUID()}`;
    await bed.run('catalog', `insert into items values ($1, 'A mug', 'EUR', 450, 0, 0, 1)`, none);
    assert.deepEqual(await bed.found(stock), [`item ${swapped}: it has events and no row`]);
    assert.deepEqual(await bed.found(folds), [`items ${none}: there is a row and no event`]);
  });

  it("finds an item's event that is not in its place, and one that nobody can read", async () => {
    const sku = `T-${randomUUID()}`;
    const [event] = itemHistory(sku, put(sku));
    assert.ok(event);
    const strayed = { ...event, eventId: randomUUID(), partition: (event.partition + 1) % PARTITIONS };
    const garbled = {
      ...event,
      version: 2,
      eventId: eventIdOf('catalog', event.streamId, 2),
      payload: Buffer.from([0x0a, 0x7f]),
    };
    await bed.append('catalog', [strayed, garbled]);
    const found = await bed.found(stock);
    const ofItem = found.filter((line) => line.includes(sku) && !line.endsWith('no row'));
    assert.deepEqual(ofItem, [
      `item ${sku}: an event has another id than derives from its place`,
      `item ${sku}: an event is in another partition than its item`,
      `item ${sku}: an event's bytes are no such message`,
    ]);
  });

  it('finds an order that is counted, and is not there', async () => {
    const orderId = randomUUID();
    const state = { status: 1, placedAt: 0, took: {}, lines: [] };
    await bed.run(
      'analytics',
      'insert into analytics_1.states (stream_id, version, sequence, state) values ($1, 1, 1000000, $2)',
      orderId,
      JSON.stringify(state),
    );
    const found = await bed.found(analytics);
    assert.ok(found.includes(`order ${orderId}: it is counted, and there is no such order`), found.join());
  });
});
