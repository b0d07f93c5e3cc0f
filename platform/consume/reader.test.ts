import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import { type TestNats, testNats } from '../../cli/servers/testing.ts';
import { SessionEnded } from '../log/connection.ts';
import type { LogMessage } from '../log/headers.ts';
import { LogMismatch } from '../log/logMismatch.ts';
import type { Checkpoint } from './checkpoints.ts';
import { endOf, managerOf, readStream } from './logPlace.ts';
import { followLog, openReader, type Reader } from './reader.ts';
import { SubscriptionEnded } from './subscription.ts';
import { type TestLog, testLog } from './testbed.testing.ts';

const range = (firstPartition: number, lastPartition: number, sequence = 0): Checkpoint => ({
  firstPartition,
  lastPartition,
  sequence,
  lastEventId: undefined,
  streamEpoch: 1,
});
const message = (sequence: number, partition: number, prev: number, epoch = 1) =>
  ({ sequence, partition, prev, epoch }) as LogMessage;

describe('following the log', () => {
  it('takes each message once', () => {
    const follow = followLog('S', [range(0, 9, 4)], undefined);
    assert.equal(follow(message(4, 1, 2)), false);
    assert.equal(follow(message(5, 1, 4)), true);
    assert.equal(follow(message(5, 1, 4)), false);
    assert.equal(follow(message(8, 1, 5)), true);
  });

  it('takes prev within what was read of the range, and stops at a hole', () => {
    const follow = followLog('S', [range(0, 9, 100)], undefined);
    assert.equal(follow(message(104, 5, 77)), true);
    assert.equal(follow(message(105, 5, 104)), true);
    assert.throws(() => follow(message(106, 3, 103)), /message 103 of S is missing: 106 follows it/);
    assert.throws(() => follow(message(107, 5, 106)), LogMismatch);
  });

  it('follows each range from its own place', () => {
    const follow = followLog('S', [range(0, 9, 3), range(10, 19, 6)], undefined);
    assert.deepEqual(
      [message(4, 1, 3), message(5, 11, 2), message(6, 12, 0), message(7, 11, 5)].map(follow),
      [true, false, false, true],
    );
  });

  it('misses no sequence where all partitions are read', () => {
    const follow = followLog('S', [range(0, 255, 3)], 3);
    assert.equal(follow(message(4, 1, 0)), true);
    assert.throws(() => follow(message(6, 2, 0)), /message 5 of S is missing: 6 came/);
  });

  it('stops at another epoch', () => {
    const follow = followLog('S', [range(0, 255)], undefined);
    assert.throws(() => follow(message(1, 1, 0, 2)), /of epoch 2, not 1/);
  });
});

describe('reader', () => {
  let nats: TestNats;
  let log: TestLog;
  let readers: Reader[];
  const signal = new AbortController().signal;
  before(async function () {
    this.timeout(120_000);
    nats = await testNats();
  });
  beforeEach(async () => {
    log = await testLog(nats.url);
    await log.create();
    readers = [];
  });
  afterEach(async () => {
    for (const reader of readers) await reader.close();
    await log.delete().catch(() => undefined);
    await log.close();
  });
  after(() => nats.stop());

  const open = async (checkpoints: readonly Checkpoint[], limits = { maxMessages: 500, maxBytes: 1_000 }) => {
    const { connection, stream } = log;
    const reader = await openReader({ connection, stream, subjectPrefix: 'tests', checkpoints, limits });
    readers.push(reader);
    return reader;
  };
  const takeAll = async (reader: Reader, count: number) => {
    const messages: LogMessage[] = [];
    while (messages.length < count) {
      const taken = await reader.take(30_000, signal);
      assert.ok(taken.length > 0, `only ${messages.length} of ${count} came`);
      messages.push(...taken);
    }
    return messages;
  };

  it('gives each message to exactly one of those who share the partitions', async () => {
    for (let n = 0; n < 300; n++) await log.put(`k${n}`, n);
    const [low, high, all] = [
      await open([range(0, 99)]),
      await open([range(100, 255)]),
      await open([range(0, 255)]),
    ];
    const sequences = (messages: readonly LogMessage[]) => messages.map(({ sequence }) => sequence);
    const everything = await takeAll(all, 300);
    const [ofLow, ofHigh] = [true, false].map((below) =>
      sequences(everything.filter(({ partition }) => partition < 100 === below)),
    );
    assert.ok(ofLow?.length && ofHigh?.length);
    assert.deepEqual(sequences(await takeAll(low, ofLow.length)), ofLow);
    assert.deepEqual(sequences(await takeAll(high, ofHigh.length)), ofHigh);
  });

  it('keeps within its limits, and takes one message at least', async () => {
    for (let n = 0; n < 7; n++) await log.put('k', n);
    const few = await open([range(0, 255)], { maxMessages: 3, maxBytes: 1_000 });
    const sizes = async (reader: Reader) => {
      const taken: number[] = [];
      for (let sum = 0; sum < 7; sum += taken.at(-1) ?? 0)
        taken.push((await reader.take(30_000, signal)).length);
      return taken;
    };
    assert.ok((await sizes(few)).every((size) => size <= 3));
    const small = await open([range(0, 255)], { maxMessages: 500, maxBytes: 1 });
    assert.deepEqual(await sizes(small), [1, 1, 1, 1, 1, 1, 1]);
  });

  it('gives nothing, without error, if nothing comes or it is told to stop', async () => {
    const reader = await open([range(0, 255)]);
    assert.deepEqual(await reader.take(20, signal), []);
    const stopping = new AbortController();
    setTimeout(() => stopping.abort(), 20);
    const startMs = performance.now();
    assert.deepEqual(await reader.take(10_000, stopping.signal), []);
    assert.ok(performance.now() - startMs < 10_000);
  });

  it('holds a bounded number of messages while nobody takes them', async () => {
    for (let n = 0; n < 200; n++) await log.put(`k${n}`, n);
    const received = () => log.connection.nats.stats().inMsgs;
    const before = received();
    const reader = await open([range(0, 255)], { maxMessages: 10, maxBytes: 1_000_000 });
    await new Promise((resolve) => setTimeout(resolve, 300));
    // Four fetches, and the answers at the opening.
    assert.ok(received() - before < 60);
    assert.equal((await takeAll(reader, 200)).length, 200);
  });

  it('ends when its stream is deleted or its connection breaks', async () => {
    const reader = await open([range(0, 255)]);
    await log.delete();
    await assert.rejects(async () => {
      for (;;) await reader.take(10_000, signal);
    }, SubscriptionEnded);
    await log.create();
    const other = await open([range(0, 255)]);
    await nats.kill();
    await assert.rejects(async () => {
      for (;;) await other.take(10_000, signal);
    }, /interrupted: the connection broke/);
    await nats.restart();
  });

  it('is not opened, and nothing else is waited for, as soon as the connection breaks', async () => {
    const manager = await managerOf(log.connection);
    nats.pause();
    const asked = [open([range(0, 255)]), endOf(log.connection, log.stream), readStream(manager, log.stream)];
    const failed = Promise.all(asked.map((answer) => assert.rejects(answer, SessionEnded)));
    await sleep(100);
    const startMs = performance.now();
    await nats.kill();
    await failed;
    assert.ok(performance.now() - startMs < 2_000);
    await nats.restart();
    await log.connection.whenConnected(AbortSignal.timeout(50_000));
    await assert.rejects(readStream(manager, log.stream), SessionEnded);
    assert.equal(await endOf(log.connection, log.stream), 0);
  });

  it('is closed soon where the server says nothing, or the connection is gone', async () => {
    const [one, other] = [await open([range(0, 255)]), await open([range(0, 255)])];
    const closing = async (reader: Reader) => {
      const startMs = performance.now();
      await reader.close();
      return performance.now() - startMs;
    };
    nats.pause();
    assert.ok((await closing(one)) < 3_000);
    await nats.kill();
    await assert.rejects(async () => {
      for (;;) await other.take(10_000, signal);
    }, SubscriptionEnded);
    assert.ok((await closing(other)) < 500);
    await nats.restart();
  });

  it('leaves no consumer behind at the server', async () => {
    const reader = await open([range(0, 255)]);
    await reader.close();
    await assert.rejects(open([range(0, 255, 5)]), /TESTS ends at 0, and was read up to 5/);
    const answer = await log.connection.request('$JS.API.CONSUMER.NAMES.TESTS', '', { timeoutMs: 10_000 });
    assert.deepEqual(answer.json<{ consumers: string[] }>().consumers, []);
  });
});
