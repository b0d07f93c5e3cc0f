import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createThrottle, type LiveLook, MAX_LIVE_LAG } from './throttle.ts';

/** By a clock that goes on with each look. */
function throttleWith(looks: (n: number) => LiveLook, maxRate?: number) {
  const state = { looks: 0, nowMs: 0 };
  const throttle = createThrottle({
    maxRate,
    now: () => state.nowMs,
    async look() {
      state.nowMs += 1_000;
      state.looks += 1;
      return looks(state.looks);
    },
  });
  return { throttle, state };
}
const signal = new AbortController().signal;
const behind = MAX_LIVE_LAG + 1;

describe('the pace of a rebuild', () => {
  it('goes on at once while the live projection keeps up', async () => {
    const { throttle, state } = throttleWith((n) => ({ lag: MAX_LIVE_LAG, beat: String(n) }));
    await throttle.turn(signal);
    assert.equal(state.looks, 1);
    assert.equal(throttle.yieldedMs, 0);
  });

  it('waits while the live projection is behind', async () => {
    const { throttle, state } = throttleWith((n) => ({ lag: n < 3 ? behind : 0, beat: String(n) }));
    await throttle.turn(signal);
    assert.equal(state.looks, 3);
    assert.ok(throttle.yieldedMs > 0);
  });

  it('goes on by a batch where waiting does not help', async () => {
    const { throttle, state } = throttleWith((n) => ({ lag: behind, beat: String(n) }));
    await throttle.turn(signal);
    assert.equal(state.looks, 5);
  });

  it('does not wait for a projector that gives no sign of life', async () => {
    const { throttle, state } = throttleWith(() => ({ lag: behind, beat: 'long ago' }));
    while (state.nowMs < 15_000) {
      await throttle.turn(signal);
      state.nowMs += 1_000;
    }
    const before = state.looks;
    await throttle.turn(signal);
    assert.equal(state.looks, before + 1);
  });
});
