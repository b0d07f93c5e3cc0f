import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { freePort, freePorts, isPortFree } from './ports.ts';

const BLOCK = 100;

describe('ports for tests', () => {
  it('are free, and never given twice', async () => {
    const given = await Promise.all(Array.from({ length: 2 * BLOCK }, freePort));
    assert.equal(new Set(given).size, given.length);
    assert.ok(await isPortFree(given[0] ?? 0));
    const sorted = given.toSorted((a, b) => a - b);
    const leaps = sorted.filter((port, index) => index > 0 && port - (sorted[index - 1] ?? 0) > BLOCK);
    assert.ok(leaps.length <= 3, 'those who ask at once share blocks');
  });

  it('in a row are claimed against other processes before anything binds them', async () => {
    const base = await freePorts(BLOCK);
    assert.equal(await isPortFree(base - 1), false, 'the claim stands before the first');
    const next = await freePorts(BLOCK);
    assert.ok(Math.abs(next - base) > BLOCK);
  });

  it('in a row are as many as a block has at most', async () => {
    await assert.rejects(freePorts(BLOCK + 1), /at most 100/);
  });
});
