import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { PROCESSES } from '../cli/addresses.ts';
import { MAX_GROWTH_BYTES, type Reading, type Readings, wrongProcesses } from './processes.ts';

const all = (reading: Reading): Readings => Object.fromEntries(PROCESSES.map((name) => [name, reading]));
const warm = [all({ startedAt: 100, resident: 2e8 }), all({ startedAt: 100, resident: 2.4e8 })];
const later = (order: Reading | undefined): readonly Readings[] => [
  { ...all({ startedAt: 100, resident: 2.2e8 }), ...(order ? { order } : {}) },
  { ...all({ startedAt: 100, resident: 2.1e8 }), order },
];

describe('processes that are fuzzed', () => {
  it('may be the ones that they were, in whatever memory they warmed up to', () => {
    assert.deepEqual(wrongProcesses(warm, later({ startedAt: 100, resident: 2.5e8 })), []);
  });

  it('may not have been started again, nor be gone', () => {
    const [again] = wrongProcesses(warm, later({ startedAt: 160, resident: 1e8 }));
    assert.equal(again, 'order was started again');
    const [gone] = wrongProcesses(warm, later(undefined));
    assert.equal(gone, 'order does not answer any more');
  });

  it('may not have grown beyond what a collector leaves for later', () => {
    const [grown] = wrongProcesses(warm, later({ startedAt: 100, resident: 2e8 + MAX_GROWTH_BYTES + 1e6 }));
    assert.match(grown ?? '', /^order grew by 161 MiB after warming up, to 35\d MiB$/);
  });
});
