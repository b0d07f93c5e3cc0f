import assert from 'node:assert/strict';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'mocha';
import { testFolder } from '../servers/testing.ts';
import { loadSecrets } from './secrets.ts';

const noData = () => undefined;
const hasData = () => 'start empty (npm start -- --fresh)';

describe('the secrets of a local system', () => {
  let file: string;
  before(() => {
    file = join(testFolder(), 'secrets.json');
  });

  it('are generated once, readable by their owner only', async () => {
    const first = await loadSecrets(file, ['order'], noData);
    assert.equal(Buffer.from(first.tokenKey, 'base64').length, 32);
    assert.equal(Buffer.from(first.consistencyKey, 'base64').length, 32);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.deepEqual(await loadSecrets(file, ['order'], hasData), first);
  });

  it('get a password more for a new role, and keep the others', async () => {
    const earlier = await loadSecrets(file, ['order'], hasData);
    const { passwords } = await loadSecrets(file, ['order', 'payment'], hasData);
    assert.equal(passwords.order, earlier.passwords.order);
    assert.match(passwords.payment ?? '', /^[0-9a-f]{48}$/);
    assert.equal(JSON.parse(readFileSync(file, 'utf8')).passwords.payment, passwords.payment);
  });

  it('must not be missing where there is a database already', async () => {
    rmSync(file);
    await assert.rejects(loadSecrets(file, ['order'], hasData), /secrets\.json is missing.*--fresh/);
  });

  it('say so when they cannot be read', async () => {
    writeFileSync(file, '{');
    await assert.rejects(loadSecrets(file, ['order'], hasData), /secrets\.json cannot be read/);
  });
});
