import assert from 'node:assert/strict';
import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it } from 'mocha';
import { testFolder } from '../servers/testing.ts';
import { openServiceLog } from './serviceLog.ts';

const line = (level: string, msg: string, more: object = {}) =>
  `${JSON.stringify({ level, msg, ...more })}\n`;

describe('what a service prints', () => {
  it('is all in its log; people hear of warnings and errors, in short, and not twice', async () => {
    const file = join(testFolder(), 'service.log');
    const told: string[] = [];
    const log = openServiceLog('order', file, (text) => told.push(text));
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const lastWords = log.follow(stdout, stderr);
    stdout.write(line('info', 'ready'));
    stdout.write(line('warn', 'slow', { err: { message: 'took long\nvery long' } }));
    stdout.write(line('warn', 'slow', { err: { message: 'took long\nvery long' } }));
    stdout.end(line('error', 'broken'));
    stderr.end('Error: out of luck\n');
    await sleep(20);
    await log.close();
    assert.deepEqual(told, ['order warn: slow: took long', 'order error: broken']);
    assert.equal(lastWords(), 'Error: out of luck');
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    assert.equal(lines.length, 5);
    assert.ok(lines.includes('Error: out of luck'));
  });

  it('goes to a new file once the old one is above 10 MB', async () => {
    const file = join(testFolder(), 'large.log');
    writeFileSync(file, '');
    truncateSync(file, 11 * 1024 * 1024);
    await openServiceLog('order', file, assert.fail).close();
    assert.ok(existsSync(`${file}.1`));
    assert.equal(readFileSync(file, 'utf8'), '');
  });
});
