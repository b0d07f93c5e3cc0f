import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { backoffMs, createNudge, pause, within } from './wait.ts';

const never = new AbortController().signal;

describe('waiting', () => {
  it('grows to its bound, at least half of it certain', () => {
    for (const [attempt, full] of [
      [0, 100],
      [3, 800],
      [50, 10_000],
    ] as const) {
      const ms = backoffMs(attempt);
      assert.ok(ms >= full / 2 && ms <= full, `${attempt}: ${ms}`);
    }
  });

  it('ends early at the signal, without error', async () => {
    const stopping = new AbortController();
    const paused = pause(60_000, stopping.signal);
    stopping.abort();
    await paused;
    await pause(60_000, stopping.signal);
  });

  it('takes what work comes to, and what to do instead when its time is over or the signal comes', async () => {
    const endless = new Promise<string>(() => undefined);
    const late = () => 'late';
    assert.equal(await within(60_000, Promise.resolve('done'), late), 'done');
    await assert.rejects(within(60_000, Promise.reject(new Error('failed')), late), /failed/);
    assert.equal(await within(5, endless, late), 'late');
    assert.equal(await within(0, endless, late), 'late');
    assert.equal(await within(60_000, endless, late, AbortSignal.timeout(5)), 'late');
    const failing = within(5, endless, () => assert.fail('too late'));
    await assert.rejects(failing, /too late/);
  });

  it('ends at a nudge, also at one that came before', async () => {
    const { nudge, wait } = createNudge();
    nudge();
    nudge();
    await wait(60_000, never);
    setTimeout(nudge, 5);
    await wait(60_000, never);
    const startMs = performance.now();
    await wait(20, never);
    assert.ok(performance.now() - startMs >= 15);
  });
});
