import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { mergeByTime } from './merge.ts';
import { lowerBound } from './point.ts';

interface Timed {
  readonly name: string;
  readonly time: Date;
}

const at = (name: string, ms: number): Timed => ({ name, time: new Date(ms) });

async function* chunks(...all: readonly (readonly Timed[])[]): AsyncGenerator<readonly Timed[]> {
  yield* all;
}

const merged = async (...sources: readonly AsyncIterable<readonly Timed[]>[]): Promise<string[]> => {
  const names: string[] = [];
  for await (const { name } of mergeByTime(sources)) names.push(name);
  return names;
};

describe('streams merged by time', () => {
  it('are in order of time, chunk after chunk', async () => {
    const a = chunks([at('a1', 1), at('a4', 4)], [], [at('a5', 5)]);
    const b = chunks([at('b2', 2)], [at('b3', 3), at('b6', 6)]);
    assert.deepEqual(await merged(a, b), ['a1', 'b2', 'b3', 'a4', 'a5', 'b6']);
  });

  it('each keep their own order, whatever the times', async () => {
    const a = chunks([at('a9', 9), at('a1', 1)]);
    assert.deepEqual(await merged(a, chunks([at('b5', 5)])), ['b5', 'a9', 'a1']);
  });

  it('take the first of equals first, and may be empty', async () => {
    assert.deepEqual(await merged(chunks([at('a', 1)]), chunks(), chunks([at('b', 1)])), ['a', 'b']);
    assert.deepEqual(await merged(), []);
  });

  it('are not read further than they are wanted', async () => {
    let read = 0;
    async function* endless(): AsyncGenerator<readonly Timed[]> {
      for (;;) {
        read += 1;
        yield [at('x', read)];
      }
    }
    for await (const { time } of mergeByTime([endless(), endless()])) if (time.getTime() === 10) break;
    assert.ok(read < 30, `${read} chunks`);
  });
});

describe('the place of a time in a stream', () => {
  it('is the first at which it holds, or the end', async () => {
    const first = (from: number) => lowerBound(1, 101, async (sequence) => sequence >= from);
    assert.deepEqual(
      [await first(1), await first(57), await first(100), await first(200)],
      [1, 57, 100, 101],
    );
    assert.equal(await lowerBound(1, 1, async () => true), 1);
  });
});
