import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { coalesce } from './coalesce.ts';

describe('work that many ask for', () => {
  /** Rounds that were begun, each ended by the test. */
  const rounds: { end(): void; fail(): void }[] = [];
  const ask = coalesce(
    () =>
      new Promise<void>((resolve, reject) => {
        rounds.push({ end: resolve, fail: () => reject(new Error('refused')) });
      }),
  );
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  it('is done once for all who come while it waits to begin, and after each of them asked', async () => {
    const first = ask();
    assert.equal(rounds.length, 1);
    const later = [ask(), ask(), ask()];
    assert.equal(rounds.length, 1);
    rounds[0]?.end();
    await first;
    await settled();
    assert.equal(rounds.length, 2);
    rounds[1]?.end();
    await Promise.all(later);
    assert.equal(rounds.length, 2);
  });

  it('is begun anew after it failed, which only those hear of for whom it was done', async () => {
    const failing = ask();
    const next = ask();
    rounds.at(-1)?.fail();
    await assert.rejects(failing, /refused/);
    await settled();
    rounds.at(-1)?.end();
    await next;
  });
});
