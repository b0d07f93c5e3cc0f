import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { endRecorded, recordedPid, recordPid } from './pidRecord.ts';
import { testFolder } from './testing.ts';

describe('the record of a process', () => {
  it('finds the process again, and ends it', async () => {
    const file = join(testFolder(), 'left-over.json');
    const child = spawn('sleep', ['60'], { detached: true });
    await once(child, 'spawn');
    recordPid(file, child.pid as number);
    assert.equal(recordedPid(file), child.pid);
    const [ended] = await Promise.all([endRecorded(file), once(child, 'exit')]);
    assert.equal(ended, true);
    assert.equal(await endRecorded(file), false);
  });

  it('does not take another process with the same id for it', () => {
    const file = join(testFolder(), 'reused.json');
    recordPid(file, process.pid);
    const record = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...record, started: 'another time' }));
    assert.equal(recordedPid(file), undefined);
  });
});
