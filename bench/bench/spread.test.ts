import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { ConsumerRange } from '../../proto/gen/orderlog/ops/v1/ops_service.ts';
import { isEven, spreadOf, spreadText } from './spread.ts';

const range = (consumer: string, firstPartition: number, lastPartition: number, ownerId: string) =>
  ConsumerRange.fromPartial({ consumer, firstPartition, lastPartition, ownerId });

describe('how partitions are spread over replicas', () => {
  const thirds = [range('a', 0, 84, 'x'), range('a', 85, 169, 'y'), range('a', 170, 255, 'z')];

  it('counts the partitions of each replica, by consumer', () => {
    const spread = spreadOf([...thirds, range('b', 0, 9, 'x'), range('b', 10, 99, 'x')]);
    assert.equal(spreadText(spread), 'a 86 + 85 + 85, b 100');
  });

  it('is even when each has its share and nothing is left over', () => {
    assert.ok(isEven(spreadOf(thirds), 3));
    assert.ok(isEven(spreadOf([range('a', 0, 255, 'x')]), 1));
    assert.ok(!isEven(spreadOf(thirds), 2));
    assert.ok(!isEven(spreadOf([...thirds.slice(0, 2), range('a', 170, 255, '')]), 3));
    assert.ok(!isEven(spreadOf([range('a', 0, 127, 'x'), range('a', 128, 200, 'y')]), 2));
  });
});
