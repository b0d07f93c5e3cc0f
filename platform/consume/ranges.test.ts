import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { Checkpoint } from './checkpoints.ts';
import { filterSubjects, reshape, shareOf } from './ranges.ts';

const at = (firstPartition: number, lastPartition: number, sequence = 7): Checkpoint => ({
  firstPartition,
  lastPartition,
  sequence,
  lastEventId: `event ${sequence}`,
  streamEpoch: 1,
});
const shape = (checkpoints: ReturnType<typeof reshape>) =>
  checkpoints
    .map((c) => `${c.firstPartition}-${c.lastPartition}@${c.sequence}${c.mine ? '!' : ''}`)
    .join(' ');

describe('ranges', () => {
  it('gives every partition to exactly one of any number of members', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 300 }), (members) => {
        const owners = new Array<number>(256).fill(0);
        for (const member of members) {
          const share = shareOf(member, members);
          if (!share) continue;
          for (let p = share.firstPartition; p <= share.lastPartition; p++) owners[p] = (owners[p] ?? 0) + 1;
        }
        assert.deepEqual(owners, new Array(256).fill(1));
      }),
    );
  });

  it('gives a stranger nothing', () => assert.equal(shareOf('x', ['a', 'b']), undefined));

  it('cuts at the borders of the share', () => {
    const share = { firstPartition: 85, lastPartition: 169 };
    assert.equal(shape(reshape([at(0, 255)], share)), '0-84@7 85-169@7! 170-255@7');
    assert.equal(shape(reshape([at(0, 255)], undefined)), '0-255@7');
  });

  it('merges neighbours at the same event, and only those', () => {
    const all = { firstPartition: 0, lastPartition: 255 };
    assert.equal(shape(reshape([at(128, 255), at(0, 127)], all)), '0-255@7!');
    assert.equal(shape(reshape([at(0, 127), at(128, 255, 8)], all)), '0-127@7! 128-255@8!');
    assert.equal(shape(reshape([at(0, 99), at(128, 255)], all)), '0-99@7! 128-255@7!');
    const other = { ...at(128, 255), lastEventId: 'another' };
    assert.equal(shape(reshape([at(0, 127), other], all)), '0-127@7! 128-255@7!');
  });

  it('covers what it covered before, whatever the cuts', () => {
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 255 }), { maxLength: 20 });
    fc.assert(
      fc.property(cuts, fc.integer({ min: 1, max: 9 }), fc.nat(8), (points, count, rank) => {
        const borders = [0, ...points.toSorted((a, b) => a - b), 256];
        const before = borders.slice(0, -1).map((first, i) => at(first, (borders[i + 1] ?? 0) - 1, i % 3));
        const members = Array.from({ length: count }, (_, i) => `m${i}`);
        const sequences = (checkpoints: readonly Checkpoint[]) =>
          checkpoints.flatMap((c) => Array(c.lastPartition - c.firstPartition + 1).fill(c.sequence));
        assert.deepEqual(sequences(reshape(before, shareOf(`m${rank % count}`, members))), sequences(before));
      }),
    );
  });

  it('covers ranges with the fewest subjects', () => {
    assert.equal(filterSubjects('orders', [at(0, 127), at(128, 255)]), undefined);
    assert.deepEqual(filterSubjects('orders', [at(14, 33)]), [
      'orders.0.e.>',
      'orders.0.f.>',
      'orders.1.>',
      'orders.2.0.>',
      'orders.2.1.>',
    ]);
    assert.deepEqual(filterSubjects('orders', [at(160, 167), at(168, 175)]), ['orders.a.>']);
  });
});
