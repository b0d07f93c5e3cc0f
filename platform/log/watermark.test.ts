import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import {
  decodeWatermark,
  encodeWatermark,
  follow,
  type Pending,
  settle,
  type Watermark,
} from './watermark.ts';
import type { Look, ReadRange } from './watermarkLook.ts';

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1_000);

/** The last messages of the partitions named; none elsewhere. */
const watermark = (seconds: number, last: Readonly<Record<number, number>>, epoch = 1): Watermark => ({
  time: at(seconds),
  sequence: Math.max(0, ...Object.values(last)),
  epoch,
  last: Array.from({ length: 256 }, (_, partition) => last[partition] ?? 0),
});

const range = (firstPartition: number, lastPartition: number, sequence: number, epoch = 1): ReadRange => ({
  consumer: 'c',
  firstPartition,
  lastPartition,
  sequence,
  epoch,
});

describe('following watermarks', () => {
  const reachedTime = (newest: Watermark | undefined, ...ranges: ReadRange[]) =>
    follow({}, newest, ranges).reached?.time;

  it('counts one once all ranges have read up to it, in the same life of the stream', () => {
    const mark = watermark(1, { 3: 7, 200: 9 });
    assert.deepEqual(reachedTime(mark, range(0, 255, 9)), at(1));
    assert.equal(reachedTime(mark, range(0, 255, 8)), undefined);
    assert.deepEqual(reachedTime(mark, range(0, 127, 7), range(128, 255, 9)), at(1));
    assert.equal(reachedTime(mark, range(0, 127, 6), range(128, 255, 9)), undefined);
    assert.equal(reachedTime(mark, range(0, 255, 9, 2)), undefined);
    assert.equal(reachedTime(mark), undefined);
    assert.equal(reachedTime(undefined, range(0, 255, 9)), undefined);
  });

  it('keeps one until it is reached, so that a consumer that is always behind gets on', () => {
    let upstream = follow({}, watermark(1, { 0: 10 }), [range(0, 255, 5)]);
    upstream = follow(upstream, watermark(2, { 0: 20 }), [range(0, 255, 9)]);
    assert.equal(upstream.reached, undefined);
    upstream = follow(upstream, watermark(3, { 0: 30 }), [range(0, 255, 12)]);
    assert.deepEqual(upstream.reached?.time, at(1));
    upstream = follow(upstream, watermark(4, { 0: 40 }), [range(0, 255, 31)]);
    assert.deepEqual(upstream.reached?.time, at(3));
    upstream = follow(upstream, watermark(5, { 0: 1 }, 2), [range(0, 255, 0, 2)]);
    assert.deepEqual([upstream.reached, upstream.ahead?.time], [undefined, at(5)]);
    assert.deepEqual(follow(upstream, undefined, [range(0, 255, 1, 2)]), {});
  });
});

describe('settling a watermark', () => {
  const look = (seconds: number, outbox: readonly number[], untried?: number): Look => ({
    time: at(seconds),
    position: { sequence: seconds, epoch: 1, last: [] },
    oldestOutboxId: outbox[0] === undefined ? undefined : BigInt(outbox[0]),
    newestOutboxId: outbox.length === 0 ? undefined : BigInt(outbox.at(-1) ?? 0),
    untriedSince: untried === undefined ? undefined : at(untried),
    ranges: [],
  });
  /** What settles at each look, as `time@sequence`; the time is that of the look, a second earlier for an upstream's. */
  const settled = (...looks: readonly Look[]): readonly (string | undefined)[] => {
    let pending: Pending | undefined;
    return looks.map((each) => {
      const result = settle(pending, each, new Date(each.time.getTime() - 1_000));
      pending = result.pending;
      const mark = result.settled;
      return mark && `${(mark.time.getTime() - at(0).getTime()) / 1_000}@${mark.sequence}`;
    });
  };

  it('takes the time of the look while nothing waits', () => {
    assert.deepEqual(settled(look(1, []), look(2, [])), ['0@1', '1@2']);
  });

  it('holds a time back until the rows that were there are gone, though there are always some', () => {
    assert.deepEqual(settled(look(1, [1, 5]), look(2, [5, 8]), look(3, [6, 9]), look(4, [10])), [
      undefined,
      undefined,
      '0@3',
      '2@4',
    ]);
  });

  it('holds a time back until the calls due by then were tried, and what came of them is in the log', () => {
    assert.deepEqual(settled(look(1, [], 0), look(2, [], 1), look(3, [4], 3), look(4, [5], 3), look(5, [])), [
      undefined,
      undefined,
      undefined,
      '0@4',
      '4@5',
    ]);
  });

  it('says nothing where no upstream watermark is reached', () => {
    assert.deepEqual(settle(undefined, look(1, []), undefined), { pending: undefined, settled: undefined });
  });
});

describe('a watermark in the bucket', () => {
  it('is read as it was written, and refused if it is none', () => {
    const mark = watermark(1, { 3: 7 });
    assert.deepEqual(decodeWatermark(encodeWatermark(mark)), mark);
    assert.throws(
      () => decodeWatermark('{"time":"2026-01-01T00:00:00.000Z","sequence":1,"epoch":1}'),
      /last/,
    );
  });
});
