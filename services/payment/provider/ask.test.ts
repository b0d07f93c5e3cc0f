import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, it } from 'mocha';
import type { BreakerState } from '../../../platform/breaker.ts';
import { type Ask, createAsk, NotYet } from './ask.ts';
import { ProviderUnknown } from './provider.ts';

const never = new AbortController().signal;
const halfOpenAfterMs = 50;

describe('asking a provider', () => {
  let ask: Ask;
  let breaker: () => BreakerState;
  let calls: number;
  beforeEach(() => {
    calls = 0;
    ask = createAsk({
      timeoutMs: 1_000,
      halfOpenAfterMs,
      onBreaker: (state) => {
        breaker = state;
      },
    });
  });
  const rejects = (error: Error) =>
    assert.rejects(
      ask(() => {
        calls++;
        return Promise.reject(error);
      }, never),
      (thrown: unknown) => thrown instanceof ProviderUnknown && thrown.cause === error,
    );

  it('takes "not yet" for unknown, asks once, and does not count it as a failure', async () => {
    for (let n = 0; n < 7; n++) await rejects(new NotYet('not yet'));
    assert.equal(calls, 7);
    assert.equal(breaker(), 'closed');
  });

  it('tells what the provider will end by itself from what may stay as it is', async () => {
    for (const [error, isInProgress] of [
      [new NotYet('at it', true), true],
      [new NotYet('waits for somebody'), false],
      [new Error('down'), false],
    ] as const) {
      const asked = ask(() => Promise.reject(error), never);
      await assert.rejects(asked, { name: 'ProviderUnknown', isInProgress });
    }
  });

  it('takes "not yet" for a sign of life', async () => {
    // Three tries each; six in a row open it.
    await rejects(new Error('down'));
    await rejects(new NotYet('not yet'));
    await rejects(new Error('down'));
    assert.equal(breaker(), 'closed');
    await rejects(new Error('down'));
    assert.equal(breaker(), 'open');
    await sleep(2 * halfOpenAfterMs);
    await rejects(new NotYet('not yet'));
    assert.equal(breaker(), 'closed');
  });
});
