import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { contentHash, createTally, differing, type Item, MAX_EXAMPLES } from './comparison.ts';

const item = (id: string, content: Item['content']): Item => ({ id, version: 1, content });
const counts = { before: 2, after: 2, notCompared: [] };

describe('comparing two generations', () => {
  it('finds contents the same, whatever the order of their keys and of the items', () => {
    const [a, b] = [createTally(), createTally()];
    const pairs: readonly [Item['content'], Item['content']][] = [
      [
        { x: 1, y: { p: [1, 2], q: 'z' } },
        { y: { q: 'z', p: [1, 2] }, x: 1 },
      ],
      [{ x: 2 }, { x: 2 }],
    ];
    for (const [before, after] of pairs) a.pair(item('i', before), item('i', after));
    for (const [before, after] of pairs.toReversed()) b.pair(item('i', before), item('i', after));
    const [first, second] = [a.result(counts), b.result(counts)];
    assert.equal(differing(first), 0);
    assert.equal(first.hashBefore, first.hashAfter);
    assert.equal(first.hashAfter, second.hashAfter);
  });

  it('tells lists in another order, and a text from a number', () => {
    assert.notDeepEqual(contentHash({ x: [1, 2] }), contentHash({ x: [2, 1] }));
    assert.notDeepEqual(contentHash({ x: 1 }), contentHash({ x: '1' }));
  });

  it('counts by field, without numbers of list entries, and gives some examples', () => {
    const tally = createTally();
    for (let n = 0; n < 2 * MAX_EXAMPLES; n += 1) {
      const lines = [{ name: 'a' }, { name: 'b' }];
      tally.pair(item(`i${n}`, { lines }), item(`i${n}`, { lines: [{ name: 'c' }, { name: 'd' }] }));
    }
    tally.differ('missing', 'gone');
    const result = tally.result(counts);
    assert.equal(differing(result), 2 * MAX_EXAMPLES + 1);
    assert.deepEqual([...result.paths], [['lines.name', 2 * MAX_EXAMPLES]]);
    assert.equal(result.examples.length, MAX_EXAMPLES);
    assert.deepEqual(result.examples[0]?.fields, {
      'lines.0.name': '"c", instead of "a"',
      'lines.1.name': '"d", instead of "b"',
    });
  });
});
