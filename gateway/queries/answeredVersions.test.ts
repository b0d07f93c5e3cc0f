import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createAnsweredVersions } from './answeredVersions.ts';

describe('versions that were answered', () => {
  it('only rise, until the read model has reached them', () => {
    const versions = createAnsweredVersions();
    assert.equal(versions.of('a'), 0);
    versions.add('a', 4);
    versions.add('a', 3);
    assert.equal(versions.of('a'), 4);
    versions.reached('a', 3);
    assert.equal(versions.of('a'), 4);
    versions.reached('a', 4);
    assert.equal(versions.of('a'), 0);
  });

  it('are those of so many orders, the longest unanswered forgotten first', () => {
    const versions = createAnsweredVersions(2);
    for (const orderId of ['a', 'b', 'a', 'c']) versions.add(orderId, 1);
    assert.deepEqual(
      ['a', 'b', 'c'].map((orderId) => versions.of(orderId)),
      [1, 0, 1],
    );
  });
});
