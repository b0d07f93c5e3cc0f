import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import * as servers from '../../cli/servers/testing.ts';
import { completedOrder, orderOf } from './ordersLog.testing.ts';
import type { EventRecord } from './projection.ts';
import { messagesOf, projectorBed } from './testbed.testing.ts';

/** First events first, as of orders that are under way at once. */
const inTurn = (orders: readonly (readonly EventRecord[])[]): EventRecord[] =>
  [0, 1, 2, 3].flatMap((index) => orders.flatMap((order) => order.slice(index, index + 1)));

describe('projector that has much to catch up, and folds a batch while it writes the one before', () => {
  const bed = projectorBed(servers);

  it('writes every document at its last version, whatever batch its events come in', async () => {
    const orders = Array.from({ length: 10 }, () => completedOrder());
    const last = await bed.log.publish(...inTurn(orders));
    const projector = bed.start({ maxMessages: 3 });
    await bed.model.reached(last);
    for (const order of orders) assert.equal((await bed.model.view(orderOf(order)))?.version, 4);
    assert.deepEqual(projector.refolded, []);
  });

  it('leaves an order as it was before the document that was refused', async () => {
    const { currency: _, ...properties } = bed.model.index.properties;
    const narrow = { ...bed.model, index: { ...bed.model.index, properties } };
    const [refused, other] = [completedOrder(), completedOrder()];
    // Never reserved: it has no total, and so no currency.
    const unpriced = other.map((record) =>
      record.version === 2 ? { ...record, type: 'orderlog.order.v1.OrderGiftWrapped' } : record,
    );
    const last = await bed.log.publish(...inTurn([refused, unpriced]));
    const projector = bed.start({ model: narrow, maxMessages: 2 });
    await bed.model.reached(last);
    assert.equal((await bed.model.view(orderOf(other)))?.version, 4);
    assert.equal((await bed.model.view(orderOf(refused)))?.version, 1);
    assert.deepEqual([...new Set(messagesOf(projector, 'error'))], ['parked: its document stays behind']);
    const parked = { index: narrow.index.alias, id: `_parked/${orderOf(refused)}` };
    assert(await bed.model.es.exists(parked));
  });
});
