import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createLru } from './lru.ts';

describe('lru', () => {
  it('forgets what was not used for the longest time, once the weight is above its bound', () => {
    const cache = createLru<string>(10);
    cache.set('a', 'A', 4);
    cache.set('b', 'B', 4);
    assert.equal(cache.get('a'), 'A');
    cache.set('c', 'C', 4);
    assert.deepEqual(['a', 'b', 'c'].map(cache.get), ['A', undefined, 'C']);
  });

  it('counts a value that is replaced or deleted no more', () => {
    const cache = createLru<string>(10);
    cache.set('a', 'A', 9);
    cache.set('a', 'A2', 5);
    cache.set('b', 'B', 5);
    cache.delete('b');
    cache.set('c', 'C', 5);
    assert.deepEqual(['a', 'b', 'c'].map(cache.get), ['A2', undefined, 'C']);
  });

  it('keeps nothing that is heavier than all it may hold', () => {
    const cache = createLru<string>(10);
    cache.set('a', 'A', 11);
    assert.equal(cache.get('a'), undefined);
  });
});
