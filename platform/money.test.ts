import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { OrderlogError } from './errors.ts';
import { amountOf, exponentOf, moneyOf, plusMinor, timesMinor } from './money.ts';

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const currency = fc.constantFrom('EUR', 'JPY', 'KWD', 'HUF', 'CLF');
const allowNegative = { negative: true };
const money = (currencyCode: string, units: bigint, nanos: number) => ({ currencyCode, units, nanos });

function violatedField(read: () => unknown): string | undefined {
  try {
    read();
  } catch (error) {
    assert.ok(error instanceof OrderlogError && error.code === 'INVALID_ARGUMENT');
    return error.violations[0]?.field;
  }
  return undefined;
}

describe('money', () => {
  it('goes to the wire and back unchanged, for every amount of 64 bits', () => {
    fc.assert(
      fc.property(currency, int64, (code, minor) => {
        const wire = moneyOf({ currency: code, minor });
        assert.ok(Math.abs(wire.nanos) <= 999_999_999);
        assert.deepEqual(amountOf(wire, 'total', allowNegative), { currency: code, minor });
      }),
    );
  });

  it('has the minor units of ISO 4217', () => {
    assert.deepEqual(['JPY', 'EUR', 'HUF', 'KWD', 'CLF', 'DEM'].map(exponentOf), [0, 2, 2, 3, 4, undefined]);
    assert.equal(amountOf(money('EUR', 12n, 340_000_000), 'total').minor, 1234n);
    assert.equal(amountOf(money('JPY', 12n, 0), 'total').minor, 12n);
  });

  it('is refused when it is finer than the minor unit, and never rounded', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999_999_999 }), (nanos) => {
        const field = violatedField(() => amountOf(money('EUR', 1n, nanos), 'total'));
        assert.equal(field, nanos % 10_000_000 === 0 ? undefined : 'total.nanos');
      }),
    );
  });

  it('names what is wrong with it', () => {
    const wrong: [string, ReturnType<typeof money>][] = [
      ['total.currency_code', money('eur', 1n, 0)],
      ['total.currency_code', money('QQQ', 1n, 0)],
      ['total', money('EUR', -1n, 0)],
      ['total', money('EUR', 0n, -10_000_000)],
      ['total.nanos', money('EUR', 1n, 1_000_000_000)],
      ['total.units', money('EUR', 2n ** 62n, 0)],
    ];
    for (const [field, value] of wrong)
      assert.equal(
        violatedField(() => amountOf(value, 'total')),
        field,
      );
    const mixed = money('EUR', 1n, -10_000_000);
    assert.equal(
      violatedField(() => amountOf(mixed, 'total', allowNegative)),
      'total.nanos',
    );
  });

  it('adds and multiplies within 64 bits only', () => {
    fc.assert(
      fc.property(int64, int64, fc.integer({ min: 0, max: 10_000 }), (a, b, factor) => {
        const fits = (value: bigint) => BigInt.asIntN(64, value) === value;
        assert.equal(plusMinor(a, b), fits(a + b) ? a + b : undefined);
        const product = a * BigInt(factor);
        assert.equal(timesMinor(a, factor), fits(product) ? product : undefined);
      }),
    );
  });
});
