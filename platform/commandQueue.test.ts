import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, it } from 'mocha';
import { createCommandQueue } from './commandQueue.ts';
import { counterModel } from './counterModel.testing.ts';
import type { Database } from './database.ts';

/** A pool that never gives a connection. */
const hangs = {
  startTransaction: () => ({
    setIsolationLevel() {
      return this;
    },
    execute: () => new Promise(() => undefined),
  }),
} as unknown as Database;

describe('a command queue', () => {
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
