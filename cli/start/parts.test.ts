import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it } from 'mocha';
import { type Part, startParts, stopParts } from './parts.ts';

/** What happened, in order. */
function recorder() {
  const told: string[] = [];
  const part = (name: string, needs: string[], work: () => Promise<void> = () => sleep(1)): Part => ({
    name,
    needs,
    async start() {
      told.push(`start ${name}`);
      await work();
      told.push(`up ${name}`);
    },
    async stop() {
      told.push(`stop ${name}`);
      await sleep(1);
      told.push(`down ${name}`);
    },
  });
  return { told, part };
}

const neverFails = () => assert.fail('nothing fails');

describe('the parts of a system', () => {
  it('start as soon as what they need is up, and stop after what needs them', async () => {
    const { told, part } = recorder();
    const slow = async () => {
      while (!told.includes('up order')) await sleep(1);
    };
    const parts = [
      part('gateway', ['order', 'search']),
      part('order', ['database']),
      part('search', [], slow),
      part('database', []),
    ];
    await startParts(parts, neverFails);
    const inThisOrder = (a: string, b: string) =>
      assert.ok(told.indexOf(a) < told.indexOf(b), `${a}, then ${b}`);
    inThisOrder('up database', 'start order');
    inThisOrder('start search', 'up order');
    inThisOrder('up search', 'start gateway');
    await stopParts(parts);
    inThisOrder('down gateway', 'stop order');
    inThisOrder('down gateway', 'stop search');
    inThisOrder('down order', 'stop database');
  });

  it('take a need that is not there for met', async () => {
    const { told, part } = recorder();
    await startParts([part('order', ['somebody else'])], neverFails);
    assert.deepEqual(told, ['start order', 'up order']);
  });

  it('throw the first failure after all have settled, and start nothing more', async () => {
    const { told, part } = recorder();
    let giveUp = false;
    const broken = () => Promise.reject(new Error('broken'));
    const slow = async () => {
      while (!giveUp) await sleep(1);
      throw new Error('gave up');
    };
    const parts = [part('slow', [], slow), part('bad', [], broken), part('later', ['bad'])];
    const failed: string[] = [];
    const starting = startParts(parts, ({ name }) => {
      failed.push(name);
      giveUp = true;
    });
    await assert.rejects(starting, /broken/);
    assert.deepEqual(failed, ['bad']);
    assert.deepEqual(told, ['start slow', 'start bad']);
  });

  it('stop all although one cannot', async () => {
    const { told, part } = recorder();
    const stuck: Part = { ...part('order', ['database']), stop: () => Promise.reject(new Error('stuck')) };
    await assert.rejects(stopParts([stuck, part('database', [])]), /stuck/);
    assert.deepEqual(told, ['stop database', 'down database']);
  });

  it('refuse to need one another', async () => {
    const { part } = recorder();
    await assert.rejects(
      startParts([part('a', ['b']), part('b', ['a'])], neverFails),
      /need one another: a, b, a/,
    );
  });
});
