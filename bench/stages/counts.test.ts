import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { assertCounts } from './counts.ts';
import { countOfVersion, EVENTS_AN_ORDER, stories } from './stories.ts';

describe('what a turn of a stage has left behind', () => {
  it('is as it should be', () => {
    assertCounts('it', { orders: 3n, events: 3, others: 9 }, { orders: 3, events: 3 });
  });

  it('lacks something, has too much of it, or cannot be told', () => {
    assert.throws(() => assertCounts('it', { orders: 2n }, { orders: 3 }), /it left behind orders: 2 /);
    assert.throws(() => assertCounts('it', { orders: 4 }, { orders: 3 }), /orders: 4 instead of 3/);
    assert.throws(() => assertCounts('it', {}, { orders: 0 }), /orders: unknown/);
    assert.throws(() => assertCounts('it', undefined, { orders: 0 }), /orders: unknown/);
  });

  it('is known of any part of the log', () => {
    const events = [...stories(800)];
    for (const upTo of [0, 1, 99, 100, 250, 399, 400, 401, 723, 800]) {
      for (let version = 1; version <= EVENTS_AN_ORDER; version++) {
        const counted = events.slice(0, upTo).filter((event) => event.version === version).length;
        assert.equal(countOfVersion(version, upTo), counted, `version ${version} of ${upTo} events`);
      }
    }
  });
});
