import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, it } from 'mocha';
import { testFolder } from './servers/testing.ts';

describe('what Node compiled', function () {
  this.timeout(120_000);
  const help = (cache: string) => {
    const { NODE_COMPILE_CACHE: _, ...env } = process.env;
    return promisify(execFile)(process.execPath, ['cli/bin.js', '--help'], {
      env: { ...env, XDG_CACHE_HOME: cache },
    });
  };

  it('is kept in the cache folder', async () => {
    const cache = mkdtempSync(join(testFolder(), 'cache-'));
    await help(cache);
    assert.notDeepEqual(readdirSync(join(cache, 'orderlog', 'compiled')), []);
  });

  it('is done without where it cannot be kept', async () => {
    const { stdout, stderr } = await help('/dev/null');
    assert.match(stdout, /Usage: orderlog/);
    assert.equal(stderr, '');
  });
});
