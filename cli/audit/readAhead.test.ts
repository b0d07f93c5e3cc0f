import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { readAhead } from './readAhead.ts';

describe('reading ahead', () => {
  it('has one page read while the one before is looked at, and no more', async () => {
    const read: number[] = [];
    async function* pages() {
      for (const page of [1, 2, 3, 4]) {
        read.push(page);
        yield page;
      }
    }
    const seen: (readonly [number, number])[] = [];
    for await (const page of readAhead(pages())) {
      await new Promise(setImmediate);
      seen.push([page, read.length]);
    }
    assert.deepEqual(seen, [
      [1, 2],
      [2, 3],
      [3, 4],
      [4, 4],
    ]);
  });

  it('throws what a page throws when its turn comes', async () => {
    async function* pages() {
      yield 1;
      throw new Error('page 2 cannot be read');
    }
    const seen: number[] = [];
    await assert.rejects(async () => {
      for await (const page of readAhead(pages())) {
        await new Promise(setImmediate);
        seen.push(page);
      }
    }, /page 2 cannot be read/);
    assert.deepEqual(seen, [1]);
  });

  it('leaves nothing under way when whoever looks has had enough', async () => {
    let [reading, closed] = [0, false];
    async function* pages() {
      try {
        for (const page of [1, 2, 3]) {
          reading += 1;
          await new Promise(setImmediate);
          reading -= 1;
          yield page;
        }
      } finally {
        closed = true;
      }
    }
    for await (const page of readAhead(pages())) if (page === 1) break;
    assert.deepEqual([reading, closed], [0, true]);
  });
});
