import assert from 'node:assert/strict';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { describe, it } from 'mocha';
import { createCommandQueue, DEFAULT_LIMITS } from './commandQueue.ts';
import { counterModel } from './counterModel.testing.ts';
import type { Database } from './database.ts';
import { OrderlogError } from './errors.ts';
import { queueTooLong } from './queueErrors.ts';

/** A pool that never gives a connection. */
const hangs = { connection: () => ({ execute: () => new Promise(() => undefined) }) } as unknown as Database;

/** A pool that fails after some time to give one: enough to learn how fast the queue moves. */
const failsAfter = (ms: number) =>
  ({
    connection: () => ({
      async execute() {
        await sleep(ms);
        throw Object.assign(new Error('away'), { code: 'ECONNREFUSED' });
      },
    }),
  }) as unknown as Database;

/** Adds one to a counter, by a request of its own. */
const submission = (requestId: number, key: string) => ({
  command: { type: 'Add' as const, key, amount: 1 },
  request: { caller: 'c', method: '/m', requestId: String(requestId), fingerprint: Buffer.from('f') },
  reply: () => Buffer.from(''),
  bytes: 10,
  signal: new AbortController().signal,
});

describe('a command queue', () => {
  it('says at once what could not be answered by its deadline, and finds back when it is calm', async () => {
    const writer = {
      db: failsAfter(25),
      model: counterModel,
      maxPayloadBytes: 500,
      onCommitted: () => undefined,
    };
    const limits = {
      maxCommands: 1_000,
      maxBytes: 1_000_000,
      maxBatch: 1,
      maxFlushes: 1,
      everyMs: 0,
      overtakeMs: 0,
    };
    const queue = createCommandQueue(writer, { now: () => new Date() }, limits);
    let id = 0;
    const submit = () => queue.submit(submission(++id, String(id)));
    const within = (ms: number) => queue.refusal(new Date(Date.now() + ms));
    const first = Array.from({ length: 40 }, () => submit().catch(() => undefined));
    assert.equal(within(100), undefined, 'a burst after a calm is no overload');
    await Promise.all(first);
    const second = Array.from({ length: 40 }, () => submit().catch(() => undefined));
    await turn();
    const refusal = within(500);
    assert.equal(refusal?.reason, 'QUEUE_TOO_LONG');
    assert.equal(refusal?.code, 'RESOURCE_EXHAUSTED');
    assert.ok((refusal?.retryAfterMs ?? 0) > 250);
    let barely = new Date();
    for (let ms = 100; queue.refusal(barely, true); ms *= 1.05) barely = new Date(Date.now() + ms);
    assert.ok(queue.refusal(barely), 'the last of the room is kept for callers who are modest');
    assert.equal(within(3_600_000), undefined);
    assert.equal(queue.refusal(undefined), undefined);
    await Promise.all(second);
    assert.equal(within(100), undefined);
  });

  it('answers what it holds that nothing may be written while the log gate is closed', async () => {
    const closed = new OrderlogError('UNAVAILABLE', 'LOG_NOT_MATCHED', 'being matched');
    let isOpen = true;
    const refusal = () => (isOpen ? undefined : closed);
    const writer = {
      db: failsAfter(20),
      model: counterModel,
      maxPayloadBytes: 500,
      refusal,
      onCommitted: () => undefined,
    };
    const limits = { ...DEFAULT_LIMITS, maxBatch: 1, maxFlushes: 1, everyMs: 0 };
    const queue = createCommandQueue(writer, { now: () => new Date() }, limits);
    const [first, second] = [queue.submit(submission(1, 'a')), queue.submit(submission(2, 'b'))];
    const begun = assert.rejects(first, { reason: 'DATABASE_UNAVAILABLE' });
    const queued = assert.rejects(second, closed);
    await turn();
    await turn();
    isOpen = false;
    await begun;
    await queued;
  });

  it('sends nobody away for longer than it can know, such as after the process stood still', () => {
    const refusal = queueTooLong(449_800);
    assert.equal(refusal.retryAfterMs, 5_000);
    assert.match(refusal.message, /more than 5000 ms/);
    assert.match(queueTooLong(1_234).message, /about 1300 ms/);
  });

  it('does not look through all that waits for a hot row each time that one more comes', async () => {
    const writer = { db: hangs, model: counterModel, maxPayloadBytes: 500, onCommitted: () => undefined };
    const queue = createCommandQueue(writer, { now: () => new Date() });
    let looks = 0;
    const signal = new AbortController().signal;
    Object.defineProperty(signal, 'aborted', { get: () => looks++ < 0 });
    for (let n = 0; n < 500; n++) {
      void queue.submit({ ...submission(n, 'hot'), signal });
      await turn();
      await turn();
    }
    assert.equal(queue.depth(), 499);
    assert.ok(looks < 1_000, `${looks} looks`);
  });

  it('begins a flush beside the one under way as soon as that would be half full, and no smaller one before its time', async () => {
    const writer = { db: hangs, model: counterModel, maxPayloadBytes: 500, onCommitted: () => undefined };
    const limits = {
      maxCommands: 1_000,
      maxBytes: 1_000_000,
      maxBatch: 10,
      maxFlushes: 2,
      everyMs: 0,
      overtakeMs: 10_000,
    };
    const queue = createCommandQueue(writer, { now: () => new Date() }, limits);
    let id = 0;
    const submit = async (count: number, key: () => string = () => String(++id)) => {
      for (let n = 0; n < count; n++) {
        void queue.submit(submission(++id, key()));
      }
      await turn();
      await turn();
      return queue.depth();
    };
    assert.equal(await submit(1, () => 'hot'), 0);
    assert.equal(await submit(8, () => 'hot'), 8, 'they wait for their row, however many there are');
    assert.equal(await submit(4), 12);
    assert.equal(await submit(1), 8, 'the five whose rows are free');
    assert.equal(await submit(10), 18, 'no third one');
  });

  /** Whose database is away, as each flush hears after so long. */
  function awayFor(tookMs: number) {
    const begunMs: number[] = [];
    const db = {
      connection: () => ({
        async execute() {
          begunMs.push(performance.now());
          if (tookMs > 0) await sleep(tookMs);
          throw Object.assign(new Error('away'), { code: 'ECONNREFUSED' });
        },
      }),
    } as unknown as Database;
    const writer = { db, model: counterModel, maxPayloadBytes: 500, onCommitted: () => undefined };
    return { writer, begunMs };
  }

  it('begins the next flush as soon as the one under way has ended, and does not wait until it might have overtaken it', async () => {
    const { writer, begunMs } = awayFor(20);
    const limits = { ...DEFAULT_LIMITS, everyMs: 30, overtakeMs: 10_000 };
    const queue = createCommandQueue(writer, { now: () => new Date() }, limits);
    const first = queue.submit(submission(1, 'a'));
    await turn();
    await turn();
    assert.equal(begunMs.length, 1);
    await Promise.allSettled([first, queue.submit(submission(2, 'b'))]);
    assert.equal(begunMs.length, 2);
    const [one = 0, two = 0] = begunMs;
    assert.ok(two - one < limits.overtakeMs / 2, `${two - one} ms`);
  });

  it('begins flushes an interval apart, but for half a batch, and lets nothing wait that comes alone', async () => {
    const { writer, begunMs } = awayFor(0);
    const everyMs = 200;
    const limits = { ...DEFAULT_LIMITS, maxBatch: 10, everyMs, overtakeMs: everyMs };
    const queue = createCommandQueue(writer, { now: () => new Date() }, limits);
    let id = 0;
    const submit = (count: number) =>
      Promise.allSettled(Array.from({ length: count }, () => queue.submit(submission(++id, String(id)))));
    await submit(1);
    await Promise.all([submit(2), submit(2)]);
    await submit(5);
    const [alone = 0, few = 0, half = 0] = begunMs;
    assert.equal(begunMs.length, 3);
    assert.ok(few - alone >= everyMs - 1, `${few - alone} ms`);
    assert.ok(half - few < everyMs, `${half - few} ms`);
    await sleep(everyMs);
    const atMs = performance.now();
    await submit(1);
    assert.ok((begunMs[3] ?? Number.POSITIVE_INFINITY) - atMs < everyMs);
  });
});
