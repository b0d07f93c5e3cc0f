import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, it } from 'mocha';
import type { Tx } from './database.ts';
import { OrderlogError } from './errors.ts';
import { createOutcomeWatch, type OutcomeWatch, type Wait } from './outcomeWatch.ts';

describe('who waits for an outcome', () => {
  const stored = new Map<string, string>();
  let reads: (readonly string[])[];
  let watch: OutcomeWatch<string>;
  beforeEach(() => {
    stored.clear();
    reads = [];
    watch = createOutcomeWatch({
      async read(_, keys) {
        reads.push(keys);
        return new Map(keys.flatMap((key) => (stored.has(key) ? [[key, stored.get(key) ?? '']] : [])));
      },
      notYet: (key) => new OrderlogError('DEADLINE_EXCEEDED', 'NOT_YET', key),
      stopping: (key) => new OrderlogError('UNAVAILABLE', 'STOPPING', key),
    });
  });
  const waitFor = (key: string, more: Partial<Wait> = {}) =>
    watch.of(key, { db: {} as Tx, signal: new AbortController().signal, ms: 10_000, hadNone: true, ...more });

  it('is told without a read, with all others who wait for the same', async () => {
    const both = Promise.all([waitFor('a'), waitFor('a')]);
    watch.tell('a', 'done');
    assert.deepEqual([await both, reads], [['done', 'done'], []]);
  });

  it('is told what was there before he came, unless he knows that nothing was', async () => {
    stored.set('a', 'done');
    assert.equal(await waitFor('a', { hadNone: false }), 'done');
    assert.deepEqual(reads, [['a']]);
  });

  it('shares one read with those who are looked for in the same turn, and none is made for nobody', async () => {
    const both = Promise.all([waitFor('a'), waitFor('b')]);
    for (const key of ['a', 'b', 'c']) stored.set(key, `${key} done`);
    watch.look(['c', 'a']);
    watch.look(['b']);
    assert.deepEqual(await both, ['a done', 'b done']);
    assert.deepEqual(reads, [['a', 'b']]);
  });

  it('is still told while the process stops, for a while', async () => {
    const [told, left] = [waitFor('a'), waitFor('b')];
    watch.close(100);
    const turnedAway = assert.rejects(left, { reason: 'STOPPING' });
    watch.tell('a', 'done');
    assert.equal(await told, 'done');
    await turnedAway;
  });

  it('finds what another replica brought about', async () => {
    const answer = waitFor('a');
    await sleep(10);
    stored.set('a', 'done elsewhere');
    assert.equal(await answer, 'done elsewhere');
  });

  it('gives up in time, when he goes away, and when the process stops', async () => {
    await assert.rejects(waitFor('a', { ms: 20 }), { reason: 'NOT_YET' });
    const gone = new AbortController();
    const left = waitFor('a', { signal: gone.signal });
    gone.abort();
    await assert.rejects(left, { reason: 'NOT_YET' });
    const last = waitFor('a');
    watch.close();
    await assert.rejects(last, { reason: 'STOPPING' });
    await assert.rejects(waitFor('a'), { reason: 'STOPPING' });
  });
});
