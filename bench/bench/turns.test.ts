import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { interleave, isMet, ratios, seriesOf, type Turning } from './turns.ts';

const say = () => undefined;
const { signal } = new AbortController();

function turning(name: string, rates: readonly number[], order: string[] = []): Turning {
  let n = 0;
  return {
    name,
    unit: 'orders/s',
    async run(seconds) {
      order.push(name);
      return { rate: rates[n++] ?? 0, detail: { seconds } };
    },
  };
}

describe('turns', () => {
  it('go round after round, every other round the other way', async () => {
    const order: string[] = [];
    const things = ['a', 'b', 'c'].map((name) => turning(name, [1, 1, 1], order));
    await interleave(things, { rounds: 3, seconds: 1, say, signal });
    assert.equal(order.join(''), 'abccbaabc');
  });

  it('give the ratio of each round, and every turn of each thing', async () => {
    const [subject, reference] = [turning('a', [10, 30, 20]), turning('b', [20, 30, 10])];
    const turns = await interleave([subject, reference], { rounds: 3, seconds: 2, say, signal });
    assert.deepEqual(ratios(turns, subject, reference), [0.5, 1, 2]);
    assert.deepEqual(seriesOf(turns), [
      { name: 'a', unit: 'orders/s', rates: [10, 30, 20], detail: { seconds: 2 } },
      { name: 'b', unit: 'orders/s', rates: [20, 30, 10], detail: { seconds: 2 } },
    ]);
  });

  it('go on without what has failed, if that may be, and do not count what it had', async () => {
    const told: unknown[] = [];
    const fails = {
      ...turning('a', [1]),
      run: () => Promise.reject(new Error('a is broken')),
      onFailed: (error: unknown) => void told.push(error),
    };
    const order: string[] = [];
    const other = turning('b', [1, 1], order);
    const turns = await interleave([fails, other], { rounds: 2, seconds: 1, say, signal });
    assert.deepEqual(told.map(String), ['Error: a is broken']);
    assert.deepEqual([...turns.keys()], [other]);
    assert.deepEqual(order, ['b', 'b']);
  });

  it('end with what has failed, if it may not', async () => {
    const fails = { ...turning('a', [1]), run: () => Promise.reject(new Error('a is broken')) };
    await assert.rejects(interleave([fails], { rounds: 1, seconds: 1, say, signal }), {
      message: 'a is broken',
    });
  });

  it('end between two of them when they are to stop', async () => {
    const stopping = new AbortController();
    const last = { ...turning('a', [1]), run: async () => ({ rate: Number(stopping.abort() ?? 1) }) };
    const never = turning('b', [1]);
    const running = interleave([last, never], { rounds: 1, seconds: 1, say, signal: stopping.signal });
    await assert.rejects(running, { name: 'AbortError' });
  });
});

describe('a target', () => {
  it('is met by the median of the rounds', () => {
    assert.equal(isMet({ name: '', values: [0.1, 0.2, 0.17], atLeast: 0.16 }), true);
    assert.equal(isMet({ name: '', values: [0.1, 0.3, 0.15], atLeast: 0.16 }), false);
    assert.equal(isMet({ name: '', values: [199], below: 200 }), true);
    assert.equal(isMet({ name: '', values: [200], below: 200 }), false);
  });

  it('is neither met nor missed where there is none, or nothing was measured', () => {
    assert.equal(isMet({ name: '', values: [1] }), undefined);
    assert.equal(isMet({ name: '', values: [], atLeast: 1 }), undefined);
  });
});
