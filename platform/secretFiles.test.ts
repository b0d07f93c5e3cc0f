import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { loadConfig, secretText, text } from './config.ts';

const shape = {
  ORDERLOG_SECRET: secretText('a secret').optional(),
  ORDERLOG_NAME: text('a name').optional(),
};

describe('secrets from files', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'orderlog-secrets-'));
    writeFileSync(join(folder, 'secret'), 'hush\n');
  });
  after(() => rmSync(folder, { recursive: true }));

  it('are read without the end of their line', () => {
    const env = { ORDERLOG_SECRET_FILE: join(folder, 'secret') };
    assert.equal(loadConfig(shape, env).ORDERLOG_SECRET, 'hush');
  });

  it('are refused where they are given twice or cannot be read, and never shown', () => {
    const twice = { ORDERLOG_SECRET: 'hush', ORDERLOG_SECRET_FILE: join(folder, 'secret') };
    assert.throws(() => loadConfig(shape, twice), /ORDERLOG_SECRET and ORDERLOG_SECRET_FILE are both set/);
    const missing = { ORDERLOG_SECRET_FILE: join(folder, 'none') };
    assert.throws(() => loadConfig(shape, missing), /ORDERLOG_SECRET_FILE is wrong.*ENOENT/);
  });

  it('are for secrets only', () => {
    assert.throws(() => loadConfig(shape, { ORDERLOG_NAME_FILE: 'x' }), /ORDERLOG_NAME_FILE is not known/);
  });
});
