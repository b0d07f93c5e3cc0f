import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createBatchSize } from './batchSize.ts';

const failing = (code: string) => async () => {
  throw Object.assign(new Error(code), { code });
};
const timesOut = failing('57014');
const works = async () => 'done';

describe('the size of a batch', () => {
  it('is halved down to one by what takes too long or loses against others, and doubled by what works', async () => {
    const size = createBatchSize(500);
    const maxAfter = async (messages: number, work: () => Promise<unknown>) => {
      await size.learn(messages, work).catch(() => undefined);
      return size.max();
    };
    assert.deepEqual([size.max(), await maxAfter(500, works)], [500, 500]);
    assert.deepEqual([await maxAfter(500, timesOut), await maxAfter(250, failing('40P01'))], [250, 125]);
    assert.deepEqual([await maxAfter(3, timesOut), await maxAfter(1, timesOut)], [1, 1]);
    assert.deepEqual([await maxAfter(1, works), await maxAfter(2, works)], [2, 4]);
    assert.equal(await maxAfter(4, failing('ECONNREFUSED')), 4);
    for (let n = 0; n < 10; n++) await maxAfter(1, works);
    assert.equal(size.max(), 500);
  });

  it('gives what the work gives, and throws what it throws', async () => {
    const size = createBatchSize(8);
    assert.equal(await size.learn(1, works), 'done');
    await assert.rejects(size.learn(1, timesOut), { code: '57014' });
  });
});
