import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { brokenBy } from './promise.ts';

const PEAK = 100;
/** Of ten seconds. */
const broken = (ok: number, offered: number, { peak = PEAK, isByClock = true, more = {} } = {}) =>
  brokenBy({ result: { statuses: { '0': ok, ...more }, offered, seconds: 10 }, peak, isByClock });

describe('what is promised under overload', () => {
  it('is kept with 0.8 of the peak at three times it', () => {
    assert.deepEqual(broken(800, 3_000, { more: { '4': 10, '8': 2_190 } }), []);
  });

  it('is broken by a lower rate, by the clock and in a storm', () => {
    for (const isByClock of [true, false]) {
      assert.deepEqual(broken(790, 3_000, { isByClock }), [
        '0.79 of the peak was accepted in time, and not 0.8',
      ]);
    }
  });

  it('is broken where there is no peak', () => {
    assert.equal(broken(0, 0, { peak: 0 }).length, 2);
  });

  it('is not shown by a generator that offers too little; callers who wait for answers may', () => {
    assert.match(broken(900, 2_400).join(), /^2\.4 of the peak was offered by the clock/);
    assert.deepEqual(broken(900, 2_400, { isByClock: false }), []);
  });

  it('is broken by any other answer', () => {
    assert.deepEqual(broken(900, 3_000, { more: { '13': 1 } }), ['status 13 was answered']);
  });
});
