import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { byTheClock, goodput, storm } from './loadModel.testing.ts';
import { createSojourn } from './sojourn.ts';

describe('the estimate of how long a command would take', () => {
  it('lets a server do nearly as much under three times its load as it can', () => {
    for (const [baseMs, eachMs] of [
      [5, 0.3],
      [20, 0.3],
      [30, 1.5],
      [20, 5],
    ] as const) {
      const most = 1_000 / eachMs;
      const done = goodput({ baseMs, eachMs, refusalMs: eachMs / 25 }, byTheClock(3 / eachMs));
      assert.ok(done > 0.75 * most, `${done}/s of ${most} at ${baseMs} + ${eachMs} ms`);
    }
  });

  it('finds back within seconds when the server becomes four times as slow under that load', () => {
    const done = goodput({ baseMs: 20, eachMs: 1, refusalMs: 0.04, slowDown: 4 }, byTheClock(3));
    assert.ok(done > 0.4 * 250, `${done}/s of 250`);
  });

  it('does not take for quick what only drops its commands', () => {
    let nowMs = 0;
    const sojourn = createSojourn(() => nowMs);
    const enter = (count: number) => Array.from({ length: count }, () => sojourn.enter());
    sojourn.leave([...enter(1), sojourn.enter()]);
    const [first, ...others] = enter(100);
    nowMs += 1_000;
    sojourn.drop(others);
    if (first) sojourn.leave([first]);
    enter(40);
    assert.ok(sojourn.estimateMs() > 10_000, `${sojourn.estimateMs()} ms`);
  });

  it('does not close under a storm of callers who repeat at once', () => {
    const server = { baseMs: 60, eachMs: 1, refusalMs: 0.15 };
    const calm = goodput(server, storm(64));
    for (const callers of [256, 512, 2_000]) {
      const done = goodput(server, storm(callers));
      assert.ok(done > 0.6 * calm, `${done}/s with ${callers} callers, ${calm} with 64`);
    }
  });

  it('is nothing with few in the system, however slow it was', () => {
    let nowMs = 0;
    const sojourn = createSojourn(() => nowMs);
    const enter = (count: number) => Array.from({ length: count }, () => sojourn.enter());
    const visits = enter(40);
    nowMs = 60_000;
    sojourn.leave(visits);
    assert.equal(sojourn.estimateMs(), 0);
    enter(31);
    assert.equal(sojourn.estimateMs(), 0);
    enter(1);
    assert.ok(sojourn.estimateMs() > 10_000);
  });

  it('concludes nothing from a burst after a calm', () => {
    let nowMs = 0;
    const sojourn = createSojourn(() => nowMs);
    const first = sojourn.enter();
    nowMs += 10;
    sojourn.leave([first]);
    for (let n = 0; n < 500; n++) sojourn.enter();
    assert.equal(sojourn.estimateMs(), 0);
  });

  it('is at least as long as the oldest waits, where nothing moves', () => {
    let nowMs = 0;
    const sojourn = createSojourn(() => nowMs);
    for (let n = 0; n < 40; n++) sojourn.enter();
    nowMs = 5_000;
    assert.equal(sojourn.estimateMs(), 5_000);
  });
});
