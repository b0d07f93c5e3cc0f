import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { derivedId, eventIdOf, PARTITIONS, partitionOf } from './ids.ts';

// These values were computed by another implementation (Python's uuid and hashlib), and stand in logs for ever: if one of
// these tests fails, the code is wrong.
const ORDER_ID = '0b5a2b0e-7a54-5b3b-9d3b-5b1f0d7f4b11';

describe('ids, for ever', () => {
  it('of orders, payments and saga steps', () => {
    const orderId = derivedId('order/anonymous/00000000-0000-4000-8000-000000000001');
    assert.equal(orderId, '18e37589-93f2-5565-98db-319ed6ce1b02');
    assert.equal(derivedId(`payment/${ORDER_ID}`), '669ab195-54aa-5b93-88f8-27229edcdaf1');
    assert.equal(derivedId(`step/${ORDER_ID}/reserve`), '5b073919-71a1-54bb-89ea-011435fcd161');
  });

  it('of events, from service, stream and version, beyond ASCII too', () => {
    assert.equal(eventIdOf('order', ORDER_ID, 1), 'd9b6fb6d-f192-50f1-b087-c7b95d9f0a81');
    assert.equal(eventIdOf('catalog', 'item/SKU-CAFÉ', 12), 'c7cd75d9-55de-5cc8-be5f-398ce513e5c8');
  });

  it('of partitions: the first byte of SHA-256', () => {
    assert.equal(PARTITIONS, 256);
    assert.deepEqual(
      ['', 'SKU-COFFEE', 'SKU-LAST-ONE', 'Käse', ORDER_ID].map(partitionOf),
      [227, 105, 214, 249, 22],
    );
  });

  it('spread evenly over the partitions', () => {
    const counts = new Array<number>(PARTITIONS).fill(0);
    for (let n = 0; n < 25_600; n++) {
      const partition = partitionOf(derivedId(`order/anonymous/${n}`));
      counts[partition] = (counts[partition] ?? 0) + 1;
    }
    assert.ok(Math.min(...counts) > 50 && Math.max(...counts) < 160);
  });
});
