import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { minorOf, stripeAmountOf } from './amounts.ts';

describe('amounts at Stripe', () => {
  const both = (currency: string, minor: bigint, amount: number) => {
    assert.deepEqual(stripeAmountOf(currency, minor), { amount }, `${currency} there`);
    assert.equal(minorOf(currency, amount), minor, `${currency} back`);
  };

  it('are minor units where Stripe has the decimals of ISO 4217, HUF and TWD included', () => {
    for (const currency of ['EUR', 'HUF', 'TWD', 'JPY', 'CLP', 'VND', 'XPF']) both(currency, 1_983n, 1_983);
    both('EUR', 0n, 0);
  });

  it('have two decimals of 00 in ISK and UGX, which have none', () => {
    for (const currency of ['ISK', 'UGX']) {
      both(currency, 5n, 500);
      assert.throws(() => minorOf(currency, 550), /550 is no amount in whole/);
    }
  });

  it('have no decimals in MGA, which has two, and none that is not 00', () => {
    both('MGA', 500n, 5);
    const message = 'Stripe takes multiples of 1.00 MGA only, not 5.50 MGA';
    assert.deepEqual(stripeAmountOf('MGA', 550n), { code: 'amount_not_payable', message });
  });

  it('end in 0 where there are three decimals', () => {
    for (const currency of ['BHD', 'JOD', 'KWD', 'OMR', 'TND']) {
      both(currency, 5_120n, 5_120);
      const message = `Stripe takes multiples of 0.01 ${currency} only, not 5.124 ${currency}`;
      assert.deepEqual(stripeAmountOf(currency, 5_124n), { code: 'amount_not_payable', message });
    }
  });

  it('are refused where they are larger than a number tells exactly, as Stripe writes them', () => {
    const refused = (currency: string, minor: bigint) => {
      const answer = stripeAmountOf(currency, minor);
      assert.equal('code' in answer && answer.code, 'amount_too_large');
    };
    both('EUR', 2n ** 53n - 1n, Number.MAX_SAFE_INTEGER);
    refused('EUR', 2n ** 53n);
    refused('EUR', 2n ** 53n + 1n);
    refused('ISK', 2n ** 53n - 1n);
  });
});
