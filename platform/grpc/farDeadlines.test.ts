import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { isFar } from './farDeadlines.ts';

describe('a deadline', () => {
  it('is far from where 32 bits of milliseconds end', () => {
    for (const far of ['99999999H', '597H', '35792M', '2147484S', '99999999S']) assert.ok(isFar(far), far);
    for (const near of ['1H', '596H', '2147483S', '99999999m', '99999999u', '99999999n', '0n']) {
      assert.ok(!isFar(near), near);
    }
  });

  it('that is none is left to be refused', () => {
    for (const broken of [undefined, '', 'H', '-1H', '999999999H', '1h', '1', 'soon']) {
      assert.ok(!isFar(broken), String(broken));
    }
  });
});
