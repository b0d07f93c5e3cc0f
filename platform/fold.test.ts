import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { type Added, type CounterCommand, type Counters, counterModel } from './counterModel.testing.ts';
import { foldCommands, type WorkingSet } from './fold.ts';
import type { WriteModel } from './writeModel.ts';

const now = new Date('2026-01-02T03:04:05.678Z');
const rowsOf = (...keys: string[]): WorkingSet =>
  new Map(
    keys.map((key) => [
      `counters/${key}`,
      { key: { table: 'counters', key }, state: 0, version: 0, storedVersion: 0, dirty: false },
    ]),
  );
const add = (key: string, amount: number): CounterCommand => ({ type: 'Add', key, amount });
const fold = (
  changes: Partial<WriteModel<Counters, CounterCommand, Added>>,
  rows: WorkingSet,
  ...commands: CounterCommand[]
) =>
  foldCommands(
    { ...counterModel, ...changes },
    rows,
    commands.map((command) => ({ command, now })),
    500,
  );

describe('foldCommands', () => {
  it('leaves nothing behind of a command whose tasks cannot be told', () => {
    const rows = rowsOf('a');
    const tasksOf = ({ data }: Added) => {
      if (data.amount === 7) throw new Error('a bug at 7');
      return [];
    };
    const { outcomes, events } = fold({ tasksOf }, rows, add('a', 1), add('a', 7), add('a', 2));
    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
      ['accepted', 'failed', 'accepted'],
    );
    assert.deepEqual(
      events.map(({ version }) => version),
      [1, 2],
    );
    assert.equal(rows.get('counters/a')?.state, 3);
  });

  it('leaves nothing behind of a command whose second row cannot be picked', () => {
    const rows = rowsOf('a', 'b');
    const pick = (state: Counters, { key }: { key: string }) => {
      if (key === 'b') throw new Error('a bug at b');
      return state.get(key);
    };
    const { outcomes, events } = fold({ pick }, rows, { type: 'Move', from: 'a', to: 'b', amount: 1 });
    assert.equal(outcomes[0]?.kind, 'failed');
    assert.deepEqual(events, []);
    assert.equal(rows.get('counters/a')?.dirty, false);
  });

  it('fails a command whose event belongs to a row that only another command of the batch named', () => {
    const rows = rowsOf('a', 'b');
    const address = () => ({ table: 'counters', key: 'b', streamId: 'b', partitionKey: 'b' });
    const { outcomes, events } = fold({ address }, rows, add('a', 1), add('b', 1));
    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
      ['failed', 'accepted'],
    );
    assert.deepEqual(
      events.map(({ streamId, version }) => `${streamId} v${version}`),
      ['b v1'],
    );
  });
});
