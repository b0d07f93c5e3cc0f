import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, it } from 'mocha';
import { testFolder } from '../../cli/servers/testing.ts';
import { runGroups } from './pool.ts';
import type { Ran } from './worker.ts';

const PASSES = `describe('a', () => { it('holds', () => undefined); it('holds too', () => undefined); });`;
const FAILS = `describe('b', () => { it('holds', () => undefined); it('breaks', () => { throw new Error('the reason'); }); });`;
const CRASHES = `describe('c', () => { it('ends it all', () => process.exit(3)); });`;
const PRINTS = `describe('d', () => { it('speaks', () => console.error('aloud')); });`;
const REMEMBERS = `globalThis.seen = [...(globalThis.seen ?? []), 'x'];
  describe('e', () => { it('knows ' + globalThis.seen.length, () => undefined); });`;

describe('the processes that run test files', function () {
  this.timeout(120_000);
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(testFolder(), 'pool-'));
  });

  const file = (name: string, text: string) => {
    const path = join(folder, `${name}.mjs`);
    writeFileSync(path, text);
    return path;
  };
  const run = async (groups: readonly (readonly string[])[], workers = 1) => {
    const lines: string[] = [];
    const ran = new Map<string, Ran>();
    await runGroups(groups, workers, {
      begun: () => undefined,
      line: (path, line) => lines.push(`${path}: ${line}`),
      ended: (path, result) => ran.set(path, result),
    });
    return { lines, ran };
  };

  it('tell what passed, and what failed in full', async () => {
    const [good, bad] = [file('good', PASSES), file('bad', FAILS)];
    const { ran, lines } = await run([[good], [bad]], 2);
    assert.deepEqual(ran.get(good), { passes: 2, failures: 0, failed: '' });
    const { passes, failures, failed = '' } = ran.get(bad) ?? {};
    assert.deepEqual([passes, failures], [1, 1]);
    assert.match(failed, /breaks:[\s\S]*the reason[\s\S]*bad\.mjs/);
    assert.ok(lines.some((line) => line.startsWith(good) && line.endsWith('holds too')));
  });

  it('take a file that ends its process, or cannot be loaded, for a failure, and run the others', async () => {
    const [dead, broken, good] = [
      file('dead', CRASHES),
      file('broken', 'import "./no.mjs";'),
      file('good', PASSES),
    ];
    const { ran } = await run([[dead, broken, good]]);
    assert.match(ran.get(dead)?.failed ?? '', /exit code 3/);
    assert.match(ran.get(broken)?.failed ?? '', /Cannot find module/);
    assert.deepEqual(
      [dead, broken, good].map((path) => ran.get(path)?.failures),
      [1, 1, 0],
    );
  });

  it('take a file without tests for a failure', async () => {
    const empty = file('empty', 'export {};');
    assert.match((await run([[empty]])).ran.get(empty)?.failed ?? '', /no tests/);
  });

  it('pass on what a test prints', async () => {
    const loud = file('loud', PRINTS);
    const { lines } = await run([[loud]]);
    assert.ok(lines.includes(`${loud}: aloud`));
  });

  it('run a group in one process', async () => {
    const group = [file('first', REMEMBERS), file('second', REMEMBERS)];
    const { lines } = await run([group, [file('other', PASSES)]], 2);
    assert.ok(lines.some((line) => line.endsWith('knows 2')));
  });
});
