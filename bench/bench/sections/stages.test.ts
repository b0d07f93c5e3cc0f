import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Comparison, Measurement } from '../measure.ts';
import { quickPlan } from '../plan.ts';
import { createRun } from '../run.ts';
import { stages } from './stages.ts';

function stage(id: string, run: Measurement['run']): Comparison & { closed(): number } {
  let closed = 0;
  const thing = (name: string, runs: Measurement['run']): Measurement => ({
    name,
    unit: 'a second',
    run: runs,
    async close() {
      closed++;
    },
  });
  const subject = thing(id, run);
  const reference = thing(`raw ${id}`, async () => ({ rate: 2 }));
  return { id, title: `The ${id}`, prepare: async () => ({ subject, reference }), closed: () => closed };
}

function runOf(signal: AbortSignal = new AbortController().signal) {
  return createRun({ quick: true, signal, say: () => undefined, folder: '' }, quickPlan);
}

const good = (id: string) => stage(id, async () => ({ rate: 1 }));
const bad = (id: string) => stage(id, () => Promise.reject(new Error('it left nothing behind')));

describe('the stages', () => {
  it('are measured one after the other', async () => {
    const { goals, series, failed, method } = await stages(runOf(), [good('one'), good('two')]);
    assert.deepEqual(
      goals.map(({ name, values }) => [name, values]),
      [
        ['The one', [0.5, 0.5]],
        ['The two', [0.5, 0.5]],
      ],
    );
    assert.equal(series.length, 4);
    assert.deepEqual(failed, []);
    assert.ok(method[0]?.includes(`turns of about ${quickPlan.stageSeconds} s`));
  });

  it('are measured although one of them fails, which is told', async () => {
    const [before, between, after] = [good('one'), bad('other'), good('last')];
    const { goals, notes, failed } = await stages(runOf(), [before, between, after]);
    assert.deepEqual(
      goals.map(({ name }) => name),
      ['The one', 'The last'],
    );
    assert.deepEqual(notes, ['The other failed: it left nothing behind.']);
    assert.deepEqual(failed, ['The other: it left nothing behind']);
    assert.equal(between.closed(), 2);
  });

  it('are no section if none of them could be measured', async () => {
    await assert.rejects(stages(runOf(), [bad('one')]), /no stage could be measured: it left nothing behind/);
  });

  it('end when they are to stop', async () => {
    const stopping = new AbortController();
    const stopped = stage('one', async () => {
      stopping.abort(new Error('stopped'));
      throw new Error('whatever');
    });
    const next = good('two');
    await assert.rejects(stages(runOf(stopping.signal), [stopped, next]), /stopped/);
    assert.equal(next.closed(), 0);
  });
});
