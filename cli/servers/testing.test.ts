import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { reachableFolder, serverUser } from './serverUser.ts';
import { urlFor, withClient } from './serviceDatabase.ts';
import { freshDatabase, ownFolder, testPostgres } from './testing.ts';

describe('a folder for a test', () => {
  it('is one in which servers can keep their data, so that it goes with them', () => {
    const data = join(ownFolder('of a test'), 'postgres');
    assert.equal(reachableFolder(data, serverUser()), data);
  });
});

describe('databases for tests', function () {
  this.timeout(60_000);

  it('are empty, one for each who asks, and go away', async () => {
    const [a, b] = await Promise.all([freshDatabase(), freshDatabase()]);
    await withClient(a.url, (client) => client.query('create table t (n int)'));
    const { rows } = await withClient(b.url, (client) => client.query("select to_regclass('t') as t"));
    assert.deepEqual(rows, [{ t: null }]);
    await Promise.all([a.drop(), b.drop()]);
    const { url } = await testPostgres();
    await assert.rejects(
      withClient(urlFor(url, a.name), () => Promise.resolve()),
      /does not exist/,
    );
  });
});
