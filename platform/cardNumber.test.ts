import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { looksLikeCardNumber, passesLuhn } from './cardNumber.ts';

const digit = fc.integer({ min: 0, max: 9 });
/** Digits with the check digit that makes them pass. */
const cardNumber = fc.array(digit, { minLength: 12, maxLength: 18 }).map((digits) => {
  const body = digits.join('');
  const check = [...'0123456789'].find((each) => passesLuhn(body + each));
  return body + check;
});

describe('card numbers', () => {
  it('are found with exactly one of ten check digits', () => {
    fc.assert(
      fc.property(fc.array(digit, { minLength: 12, maxLength: 18 }), (digits) => {
        const passing = [...'0123456789'].filter((check) => looksLikeCardNumber(digits.join('') + check));
        assert.equal(passing.length, 1);
      }),
    );
  });

  it('are found however they are spaced, and inside a text', () => {
    const separator = fc.constantFrom('', ' ', '-', '\u00a0', '\u2011');
    fc.assert(
      fc.property(cardNumber, separator, (number, between) => {
        assert.ok(looksLikeCardNumber([...number].join(between)));
        assert.ok(looksLikeCardNumber(`card ${number}, please`));
      }),
    );
  });

  it('are found in a text as cards print them', () => {
    assert.ok(looksLikeCardNumber('mine is 4111 1111 1111 1111, thanks'));
    assert.ok(looksLikeCardNumber('mine is 4111-1111-1111-1111'));
    for (const between of ['.', '_', ':', '/']) {
      assert.ok(looksLikeCardNumber(['4111', '1111', '1111', '1111'].join(between)), between);
    }
    assert.ok(looksLikeCardNumber('amex: 3782 822463 10005.'));
    assert.ok(looksLikeCardNumber('\uff14111111111111111'));
  });

  it('are not seen in what has another length or a wrong check digit', () => {
    for (const text of ['', '411111111111', '4111111111111112', '41111111111111111111', 'SKU-COFFEE']) {
      assert.equal(looksLikeCardNumber(text), false, text);
    }
  });

  it('are never seen in a UUID', () => {
    for (let i = 0; i < 2_000; i += 1) assert.equal(looksLikeCardNumber(randomUUID()), false);
    const digits = fc.stringMatching(/^\d{8}-\d{4}-\d{4}-\d{4}-\d{12}$/);
    fc.assert(fc.property(digits, (uuid) => !looksLikeCardNumber(uuid)));
  });
});
