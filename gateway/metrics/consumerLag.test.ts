import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { Registry } from 'prom-client';
import { ConsumerRange, GetConsumerStatusResponse } from '../../proto/gen/orderlog/ops/v1/ops_service.ts';
import { addConsumerLag } from './consumerLag.ts';

const range = (consumer: string, firstPartition: number, lastPartition: number, sequence: bigint) =>
  ConsumerRange.fromPartial({ consumer, firstPartition, lastPartition, sequence, streamLastSequence: 100n });
const says = (...ranges: ConsumerRange[]) => ({
  getConsumerStatus: async () => GetConsumerStatusResponse.fromPartial({ ranges }),
});
const silent = { getConsumerStatus: async () => Promise.reject(new Error('away')) };

describe('the lag of consumers', () => {
  it('is the sum of what each range waits for, by its share of the partitions', async () => {
    const registry = new Registry();
    const catalog = says(range('catalog.orders', 0, 127, 60n), range('catalog.orders', 128, 255, 100n));
    addConsumerLag(registry, { catalog, order: says(range('order.catalog', 0, 255, 90n)), payment: silent });
    const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith('orderlog_'));
    assert.deepEqual(lines, [
      'orderlog_consumer_lag_events{service="catalog",consumer="catalog.orders"} 20',
      'orderlog_consumer_lag_events{service="order",consumer="order.catalog"} 10',
    ]);
  });
});
