import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { ExitInfo } from '../servers/types.ts';
import { keepRunning, type Running } from './keepRunning.ts';

/** Lives that end when told to. */
function lives() {
  const ends: ((exit: ExitInfo) => void)[] = [];
  const stopped: number[] = [];
  let failNext = 0;
  const start = (): Promise<Running> => {
    if (failNext > 0) {
      failNext -= 1;
      return Promise.reject(new Error('no such luck'));
    }
    const pid = ends.length + 1;
    const { promise, resolve } = Promise.withResolvers<ExitInfo>();
    ends.push(resolve);
    return Promise.resolve({
      pid,
      exited: promise,
      kill: () => resolve({ code: null, signal: 'SIGKILL' }),
      stop: () => {
        stopped.push(pid);
        resolve({ code: 0, signal: null });
        return Promise.resolve();
      },
    });
  };
  return { start, stopped, failNext: (times: number) => (failNext = times) };
}

const forever = new AbortController().signal;

describe('keeping a process running', () => {
  it('starts it again when it dies, and says so', async () => {
    const { start, stopped } = lives();
    const told: string[] = [];
    const kept = await keepRunning({
      name: 'order',
      start,
      tell: (line) => told.push(line),
      signal: forever,
    });
    assert.equal(kept.pid, 1);
    const again = kept.restarted();
    kept.kill('SIGKILL');
    await again;
    assert.equal(kept.pid, 2);
    assert.equal(kept.restarts, 1);
    assert.deepEqual(told, [
      'order was ended by SIGKILL',
      'starting order again in 0.5 s',
      'order is up again (process 2)',
    ]);
    await kept.stop(1_000);
    assert.deepEqual(stopped, [2]);
  });

  it('waits longer after each failure', async () => {
    const { start, failNext } = lives();
    const told: string[] = [];
    const kept = await keepRunning({
      name: 'order',
      start,
      tell: (line) => told.push(line),
      signal: forever,
    });
    failNext(2);
    const again = kept.restarted();
    kept.kill('SIGKILL');
    await again;
    assert.deepEqual(told.slice(1, -1), [
      'starting order again in 0.5 s',
      'no such luck',
      'starting order again in 1 s',
      'no such luck',
      'starting order again in 2 s',
    ]);
    await kept.stop(1_000);
  });

  it('stops while it waits to start again', async () => {
    const { start, failNext } = lives();
    const kept = await keepRunning({ name: 'order', start, tell: () => undefined, signal: forever });
    failNext(1_000);
    kept.kill('SIGKILL');
    await kept.stop(1_000);
    assert.equal(kept.pid, undefined);
  });

  it('throws what the first start throws', async () => {
    const { start, failNext } = lives();
    failNext(1);
    const keeping = keepRunning({ name: 'order', start, tell: () => undefined, signal: forever });
    await assert.rejects(keeping, /no such luck/);
  });
});
