import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createShares } from './shares.ts';

describe('a share', () => {
  const enter = (shares: ReturnType<typeof createShares>, address: string) => {
    const place = shares.enter(address);
    return 'refusal' in place ? place.refusal.reason : place;
  };

  it('is all that one network gets, and leaves the rest to others', () => {
    const shares = createShares(2, 'streams of health', 'ask by Check');
    const [first, second] = [enter(shares, '203.0.113.7'), enter(shares, '203.0.113.7')];
    assert.ok(typeof first === 'object' && typeof second === 'object');
    assert.equal(enter(shares, '203.0.113.7'), 'TOO_MANY_CALLS');
    assert.equal(typeof enter(shares, '203.0.113.8'), 'object');
    first.leave();
    assert.equal(typeof enter(shares, '203.0.113.7'), 'object');
    assert.equal(enter(shares, '203.0.113.7'), 'TOO_MANY_CALLS');
  });

  it('is one for all addresses that a host has to itself', () => {
    const shares = createShares(1, 'streams of health', 'ask by Check');
    assert.equal(typeof enter(shares, '2001:db8:0:7::1'), 'object');
    assert.equal(enter(shares, '2001:db8:0:7::2'), 'TOO_MANY_CALLS');
    assert.equal(typeof enter(shares, '2001:db8:0:8::1'), 'object');
  });
});
