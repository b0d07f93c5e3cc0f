import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import * as servers from '../../cli/servers/testing.ts';
import { readCheckpoint } from '../../platform/elasticsearch/readModel.ts';
import { OrderlogError } from '../../platform/errors.ts';
import { NOBODY } from '../../platform/modelCheckpoint.ts';
import { OrderStatus } from '../../proto/gen/orderlog/order/v1/types.ts';
import { completedOrder, orderOf } from './ordersLog.testing.ts';
import { eventually, type Projector, projectorBed } from './testbed.testing.ts';

describe('projector', () => {
  const bed = projectorBed(servers);

  it('folds the log into one document an order, and states how far it is', async () => {
    const [one, two] = [completedOrder(), completedOrder()];
    bed.start();
    await bed.model.reached(await bed.log.publish(...two.slice(0, 1), ...one, ...two.slice(1, 2)));

    const completed = await bed.model.view(orderOf(one));
    assert.equal(completed?.status, OrderStatus.ORDER_STATUS_COMPLETED);
    assert.equal(completed?.lines[0]?.name, 'Coffee beans');
    assert.deepEqual(
      completed?.timeline.map(({ version }) => version),
      [1, 2, 3, 4],
    );
    assert.equal((await bed.model.view(orderOf(two)))?.status, OrderStatus.ORDER_STATUS_RESERVED);
    const head = await bed.model.head(orderOf(two));
    assert.deepEqual([head?.version, head?.sequence], [2, 6]);
    assert.equal(await bed.model.checkpoint(), 6);
  });

  it('goes on where it cannot tell what it has written', async () => {
    const order = completedOrder();
    const onStored = () => {
      throw new Error('larger than max_payload');
    };
    const projector = bed.start({ onStored });
    await bed.model.reached(await bed.log.publish(...order));
    assert.equal((await bed.model.view(orderOf(order)))?.version, 4);
    assert.ok(projector.lines.some(({ msg }) => msg === 'what was written cannot be told'));
  });

  it('goes on from its checkpoint after a restart', async () => {
    const order = completedOrder();
    const first = bed.start();
    await bed.model.reached(await bed.log.publish(...order.slice(0, 2)));
    await bed.stop(first);

    const second = bed.start();
    await bed.model.reached(await bed.log.publish(...order.slice(2)));
    assert.equal((await bed.model.view(orderOf(order)))?.version, 4);
    assert.deepEqual(
      second.lines.filter(({ msg }) => msg === 'projecting').map(({ sequence }) => sequence),
      [2],
    );
    assert.deepEqual(second.refolded, []);
  });

  it('finds its place in a log that was made again', async () => {
    const [one, two] = [completedOrder(), completedOrder()];
    const first = bed.start();
    await bed.model.reached(await bed.log.publish(...one, ...two.slice(0, 2)));
    await bed.stop(first);
    await bed.log.publish(...two.slice(2, 3));
    assert.equal(await bed.log.republish(), 14);

    const second = bed.start();
    await bed.model.reached(await bed.log.publish(...two.slice(3)));
    for (const order of [one, two]) assert.equal((await bed.model.view(orderOf(order)))?.version, 4);
    assert.deepEqual(
      second.lines.filter(({ msg }) => msg === 'projecting').map(({ sequence }) => sequence),
      [13],
    );
    assert.deepEqual(second.refolded, []);
  });

  it('counts an event once, however often it is in the log', async () => {
    const order = completedOrder();
    bed.start();
    await bed.model.reached(await bed.log.publish(...order, ...order));
    const view = await bed.model.view(orderOf(order));
    assert.deepEqual(
      view?.timeline.map(({ version }) => version),
      [1, 2, 3, 4],
    );
    assert.equal((await bed.model.head(orderOf(order)))?.sequence, 4);
  });

  it('fills a gap from the history of the order', async () => {
    const order = completedOrder();
    const [first, , third] = order;
    assert(first && third);
    const projector = bed.start({ history: () => order });
    await bed.model.reached(await bed.log.publish(first, third));
    assert.equal((await bed.model.view(orderOf(order)))?.version, 4);
    assert.deepEqual(projector.refolded, [orderOf(order)]);
  });

  it('waits for the history while the Order service is away', async () => {
    const order = completedOrder();
    const [, , third] = order;
    assert(third);
    let isAway = true;
    const history = () => {
      if (isAway) throw new OrderlogError('UNAVAILABLE', 'UNAVAILABLE', 'no connection');
      return order;
    };
    const projector = bed.start({ history });
    const last = await bed.log.publish(third);
    await eventually(async () => assert(projector.refolded.length > 1));
    assert.equal((await bed.model.view(orderOf(order)))?.version ?? 0, 0);
    isAway = false;
    await bed.model.reached(last);
    assert.equal((await bed.model.view(orderOf(order)))?.version, 4);
  });

  it('closes a gap by reading what another projector wrote', async () => {
    const order = completedOrder();
    const projector = bed.start();
    await bed.model.reached(await bed.log.publish(...order.slice(0, 1)));
    // As if another had written version 3.
    const other = completedOrder();
    await bed.model.reached(await bed.log.publish(...other.slice(0, 3)));
    const source = await bed.model.es.get<object>({ index: bed.model.index.alias, id: orderOf(other) });
    await bed.model.es.index({
      index: bed.model.index.alias,
      id: orderOf(order),
      version: 3,
      version_type: 'external',
      document: { ...source._source, orderId: orderOf(order) },
    });
    await bed.model.reached(await bed.log.publish(...order.slice(3)));
    assert.equal((await bed.model.view(orderOf(order)))?.version, 4);
    assert.deepEqual(projector.refolded, []);
  });

  it('leaves the same documents when two run at once', async () => {
    const orders = Array.from({ length: 30 }, () => completedOrder());
    const [a, b] = [bed.start(), bed.start()];
    await bed.model.reached(await bed.log.publish(...orders.flat()));
    const last = await bed.log.publish(...completedOrder());
    await bed.model.reached(last);
    for (const order of orders) {
      const view = await bed.model.view(orderOf(order));
      assert.deepEqual(
        view?.timeline.map(({ version }) => version),
        [1, 2, 3, 4],
      );
    }
    // Whoever started late may not have moved the checkpoint yet; at the latest his heartbeat meets the other's.
    const standsBy = ({ lines }: Projector) => lines.at(-1)?.msg === 'standing by';
    await eventually(async () => assert([a, b].some(standsBy)));
    const [writing = a] = [a, b].filter((each) => !standsBy(each));
    await bed.stop(writing);
    await bed.model.reached(await bed.log.publish(...completedOrder()));
  });

  it('says when it leaves, so that another goes on at once', async () => {
    const projector = bed.start();
    const last = await bed.log.publish(...completedOrder());
    await bed.model.reached(last);
    await bed.stop(projector);
    const { checkpoint } =
      (await readCheckpoint(bed.model.es, bed.model.index.alias, { timeoutMs: 10_000 })) ?? {};
    assert.deepEqual([checkpoint?.writer, checkpoint?.sequence], [NOBODY, last]);
  });
});
