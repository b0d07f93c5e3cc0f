import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import * as servers from '../../cli/servers/testing.ts';
import { readCheckpoint } from '../../platform/elasticsearch/readModel.ts';
import { proxyTo } from '../../platform/tcpProxy.testing.ts';
import { completedOrder, orderOf } from './ordersLog.testing.ts';
import { eventually, messagesOf, projectorBed } from './testbed.testing.ts';

describe('projector and what may go wrong', () => {
  const bed = projectorBed(servers);

  it('counts a version conflict as done once a document as new is there', async () => {
    const order = completedOrder();
    const projector = bed.start();
    await bed.model.reached(await bed.log.publish(...order.slice(0, 2)));
    const source = await bed.model.es.get<object>({ index: bed.model.index.alias, id: orderOf(order) });
    const newer = { ...source._source, version: 9 };
    const address = {
      index: bed.model.index.alias,
      id: orderOf(order),
      version: 9,
      version_type: 'external' as const,
    };
    await bed.model.es.index({ ...address, document: newer });
    await bed.model.reached(await bed.log.publish(...order.slice(2)));
    assert.equal((await bed.model.head(orderOf(order)))?.version, 9);
    assert.deepEqual(
      projector.lines.filter(({ level }) => level !== 'info'),
      [],
    );
  });

  it('waits while the index is read-only, and skips nothing', async () => {
    const orders = Array.from({ length: 20 }, () => completedOrder());
    const projector = bed.start();
    await bed.model.reached(await bed.log.publish(...orders.flatMap((order) => order.slice(0, 1))));
    const block = (value: boolean) =>
      bed.model.es.indices.putSettings({
        index: bed.model.index.alias,
        settings: { 'index.blocks.read_only_allow_delete': value || null } as object,
      });
    await block(true);
    const last = await bed.log.publish(...orders.flatMap((order) => order.slice(1)));
    await eventually(async () =>
      assert(projector.lines.some(({ msg }) => msg.startsWith('waiting for Elastic'))),
    );
    assert.equal(await bed.model.checkpoint(), 20);
    await block(false);
    await bed.model.reached(last);
    for (const order of orders) assert.equal((await bed.model.view(orderOf(order)))?.version, 4);
  });

  it('parks an order whose event cannot be read, while the others flow, and mends it at the next start', async () => {
    const [poisoned, other] = [completedOrder(), completedOrder()];
    const [first, second] = poisoned;
    assert(first && second);
    // Nothing shows by itself what is searched, as just after it was written.
    const settings = { ...bed.model.index.settings, refresh_interval: '-1' };
    const model = { ...bed.model, index: { ...bed.model.index, settings } };
    const projector = bed.start({ model });
    await bed.model.reached(
      await bed.log.publish(first, { ...second, payload: Buffer.from([0x0a, 0xff]) }, ...other),
    );
    assert.equal((await bed.model.view(orderOf(other)))?.version, 4);
    assert.equal((await bed.model.view(orderOf(poisoned)))?.version, 1);
    assert.deepEqual(messagesOf(projector, 'error'), ['parked: its document stays behind']);
    await bed.stop(projector);

    bed.start({ model, history: () => poisoned });
    await eventually(async () => assert.equal((await bed.model.view(orderOf(poisoned)))?.version, 4));
    const parked = { index: bed.model.index.alias, id: `_parked/${orderOf(poisoned)}` };
    // Struck out, not deleted: its user may not delete (cli/servers/elasticsearchUsers.ts).
    await eventually(async () => {
      const mark = await bed.model.es.get<{ kind: string }>(parked);
      assert.equal(mark._source?.kind, 'mended');
    });
  });

  it('parks an order whose document Elasticsearch refuses, while the others flow', async () => {
    const { currency: _, ...properties } = bed.model.index.properties;
    const narrow = { ...bed.model, index: { ...bed.model.index, properties } };
    const [priced, other] = [completedOrder(), completedOrder()];
    const [, reserved] = priced;
    assert(reserved);
    // Behind a gap: the first document that is written of it has a currency.
    const projector = bed.start({ model: narrow, history: () => priced.slice(0, 2) });
    await bed.model.reached(await bed.log.publish(reserved, ...other.slice(0, 1)));
    assert.equal((await bed.model.view(orderOf(other)))?.version, 1);
    assert.equal(await bed.model.view(orderOf(priced)), undefined);
    assert.deepEqual(messagesOf(projector, 'error'), ['parked: its document stays behind']);
  });

  it('goes on by itself when Elasticsearch was away', async () => {
    const proxy = await proxyTo(Number(new URL(bed.elasticsearchUrl).port));
    const order = completedOrder();
    const projector = bed.start({ url: `http://127.0.0.1:${proxy.port}` });
    await bed.model.reached(await bed.log.publish(...order.slice(0, 2)));
    proxy.cut();
    const last = await bed.log.publish(...order.slice(2));
    await eventually(async () => assert(projector.lines.some(({ msg }) => msg === 'not projecting')));
    proxy.mend();
    await bed.model.reached(last);
    assert.equal((await bed.model.view(orderOf(order)))?.version, 4);
    await proxy.close();
  });

  it('fills an index that was deleted again, from the first event', async () => {
    const [one, two] = [completedOrder(), completedOrder()];
    const firstIndex = `${bed.model.index.alias}-v1`;
    bed.start();
    await bed.model.reached(await bed.log.publish(...one));
    await bed.model.es.indices.delete({ index: firstIndex });
    await bed.model.reached(await bed.log.publish(...two));
    assert.equal((await bed.model.view(orderOf(one)))?.version, 4);
    const mapping = await bed.model.es.indices.getMapping({ index: bed.model.index.alias });
    assert.equal(mapping[firstIndex]?.mappings.dynamic, 'strict');
  });

  it('keeps the index of an earlier version up, and says to rebuild it', async () => {
    const { text: _, ...properties } = bed.model.index.properties;
    const before = { ...bed.model, index: { ...bed.model.index, properties } };
    const order = completedOrder();
    const first = bed.start({ model: before });
    await eventually(async () => assert(messagesOf(first, 'info').includes('projecting')));
    await bed.stop(first);

    const index = { ...bed.model.index, version: 2 };
    const changed = bed.start({ model: { ...bed.model, index } });
    await bed.model.reached(await bed.log.publish(...order));
    assert.equal((await bed.model.view(orderOf(order)))?.version, 4);
    assert(changed.lines.some(({ level, why }) => level === 'warn' && why?.includes('orderlog rebuild')));
    const found = await readCheckpoint(bed.model.es, index.alias, { timeoutMs: 10_000 });
    assert.match(found?.checkpoint.advice ?? '', /orderlog rebuild/);
  });

  it('leaves the index of a later version alone', async () => {
    const later = { ...bed.model, index: { ...bed.model.index, version: 2 } };
    const first = bed.start({ model: later });
    await bed.model.reached(await bed.log.publish(...completedOrder()));
    await bed.stop(first);
    const projector = bed.start();
    await bed.log.publish(...completedOrder());
    await eventually(async () => assert(projector.lines.some(({ why }) => why?.includes('is of version 2'))));
    assert.equal(await bed.model.checkpoint(), 4);
  });
});
