import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, it } from 'mocha';
import { cached, cacheFolder, sha256OfFile } from './cache.ts';
import { testFolder } from './testing.ts';

describe('the cache', () => {
  let cache: string;
  let count = 0;
  beforeEach(() => {
    count += 1;
    cache = join(testFolder(), `cache-${count}`);
    mkdirSync(cache);
  });
  const make = (content: string) => (folder: string) =>
    Promise.resolve(writeFileSync(join(folder, 'file'), content));

  it('makes a thing once', async () => {
    await cached(cache, 'thing', make('first'));
    const folder = await cached(cache, 'thing', make('second'));
    assert.equal(readFileSync(join(folder, 'file'), 'utf8'), 'first');
  });

  it('keeps nothing of a thing that could not be made', async () => {
    const breaking = (folder: string) => {
      writeFileSync(join(folder, 'file'), 'half');
      return Promise.reject(new Error('broken off'));
    };
    await assert.rejects(cached(cache, 'thing', breaking), /broken off/);
    assert.deepEqual(readdirSync(cache), []);
  });

  it('gives two who make the same thing at once the same whole thing', async () => {
    const folders = await Promise.all([1, 2, 3].map(() => cached(cache, 'thing', make('whole'))));
    assert.equal(new Set(folders).size, 1);
    assert.deepEqual(readdirSync(cache), ['thing']);
  });

  it('removes what killed processes left, when it is old', async () => {
    for (const name of ['.making-old-1', '.making-new-1']) mkdirSync(join(cache, name));
    utimesSync(join(cache, '.making-old-1'), 0, 0);
    await cached(cache, 'thing', make('whole'));
    assert.deepEqual(readdirSync(cache).sort(), ['.making-new-1', 'thing']);
  });

  it('lies in XDG_CACHE_HOME', () => {
    assert.equal(cacheFolder({ XDG_CACHE_HOME: cache }, undefined), join(cache, 'orderlog'));
  });

  it('knows SHA-256', async () => {
    writeFileSync(join(cache, 'abc'), 'abc');
    assert.match(await sha256OfFile(join(cache, 'abc')), /^ba7816bf8f01cfea/);
  });
});
