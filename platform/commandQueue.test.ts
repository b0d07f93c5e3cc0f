import assert from 'node:assert/strict';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { describe, it } from 'mocha';
import { createCommandQueue } from './commandQueue.ts';
import { counterModel } from './counterModel.testing.ts';
import type { Database } from './database.ts';
import type { OrderlogError } from './errors.ts';

/** A pool that never gives a connection. */
const hangs = {
  startTransaction: () => ({
    setIsolationLevel() {
      return this;
    },
    execute: () => new Promise(() => undefined),
  }),
} as unknown as Database;

/** A pool whose transactions fail after some time: enough to learn how fast the queue moves. */
const failsAfter = (ms: number) =>
  ({
    startTransaction: () => ({
      setIsolationLevel() {
        return this;
      },
      async execute() {
        await sleep(ms);
        throw Object.assign(new Error('away'), { code: 'ECONNREFUSED' });
      },
    }),
  }) as unknown as Database;

describe('a command queue', () => {
  it('refuses at once what would wait beyond its deadline, and says when to repeat', async () => {
    const writer = {
      db: failsAfter(100),
      model: counterModel,
      maxPayloadBytes: 500,
      onCommitted: () => undefined,
    };
    const limits = { maxCommands: 1_000, maxBytes: 1_000_000, maxBatch: 1, maxFlushes: 1 };
    const queue = createCommandQueue(writer, { now: () => new Date() }, limits);
    let id = 0;
    const submit = (withinMs?: number) =>
      queue.submit({
        command: { type: 'Add', key: String(++id), amount: 1 },
        request: { caller: 'c', method: '/m', requestId: String(id), fingerprint: Buffer.from('f') },
        reply: () => Buffer.from(''),
        bytes: 10,
        signal: new AbortController().signal,
        ...(withinMs !== undefined && { deadline: new Date(Date.now() + withinMs) }),
      });
    await assert.rejects(submit(), { reason: 'DATABASE_UNAVAILABLE' });
    const waiting = Array.from({ length: 20 }, () => submit().catch(() => undefined));
    await assert.rejects(submit(500), (error: OrderlogError) => {
      assert.equal(error.reason, 'QUEUE_TOO_LONG');
      assert.equal(error.code, 'RESOURCE_EXHAUSTED');
      assert.ok((error.retryAfterMs ?? 0) > 500);
      return true;
    });
    await assert.rejects(submit(60_000), { reason: 'DATABASE_UNAVAILABLE' });
    await Promise.all(waiting);
  });

  it('does not look through all that waits for a hot row each time that one more comes', async () => {
    const writer = { db: hangs, model: counterModel, maxPayloadBytes: 500, onCommitted: () => undefined };
    const queue = createCommandQueue(writer, { now: () => new Date() });
    let looks = 0;
    const signal = new AbortController().signal;
    Object.defineProperty(signal, 'aborted', { get: () => looks++ < 0 });
    for (let n = 0; n < 500; n++) {
      void queue.submit({
        command: { type: 'Add', key: 'hot', amount: 1 },
        request: { caller: 'c', method: '/m', requestId: String(n), fingerprint: Buffer.from('f') },
        reply: () => Buffer.from(''),
        bytes: 10,
        signal,
      });
      await turn();
      await turn();
    }
    assert.equal(queue.depth(), 499);
    assert.ok(looks < 1_000, `${looks} looks`);
  });
});
