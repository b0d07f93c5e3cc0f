import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { create, type DescMessage } from '@bufbuild/protobuf';
import { createValidator } from '@bufbuild/protovalidate';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { descriptors, requestTypeOf } from './descriptors.ts';
import { matchPattern } from './matchPattern.ts';

const { registry } = descriptors();
const usual = createValidator({ registry });
const own = createValidator({ registry, regexMatch: matchPattern });

/** Close to what is asked for, with what could be read in two ways among it. */
const text = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9._:!~-]{0,66}$/),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc.stringMatching(/^[A-Za-z0-9]{0,3}[\n\r \0\u2028éſK\u{1F600}]?[A-Z]{0,2}\n?$/u),
);

const violations = (validator: typeof own, type: DescMessage, message: Record<string, unknown>) =>
  validator
    .validate(type, create(type, message))
    .violations?.map(({ message: what, ruleId }) => [ruleId, what]) ?? [];

describe('patterns of the contract', () => {
  it('are all of the kind that is read alike by RE2 and RegExp', () => {
    const root = new URL('../../proto/orderlog/', import.meta.url).pathname;
    const patterns = globSync('**/*.proto', { cwd: root }).flatMap((file) =>
      [...readFileSync(`${root}${file}`, 'utf8').matchAll(/(?:string\.pattern = "|matches\(')([^"']+)/g)].map(
        ([, pattern]) => pattern ?? '',
      ),
    );
    assert.ok(patterns.length > 10);
    for (const pattern of patterns) assert.equal(typeof matchPattern(pattern, ''), 'boolean');
  });

  it('find the same violations as by the port of RE2', () => {
    const place = requestTypeOf('/orderlog.order.v1.OrderService/PlaceOrder');
    const resolve = requestTypeOf('/orderlog.payment.v1.PaymentService/ResolvePaymentReview');
    fc.assert(
      fc.property(text, text, text, (customerId, paymentToken, sku) => {
        const order = { customerId, paymentToken, lines: [{ sku, quantity: 1 }] };
        assert.deepEqual(violations(own, place, order), violations(usual, place, order));
        const resolution = { operatorId: customerId, providerReference: paymentToken };
        assert.deepEqual(violations(own, resolve, resolution), violations(usual, resolve, resolution));
      }),
      { numRuns: 1_000 },
    );
  });

  it('are refused where they are of another kind', () => {
    for (const pattern of [
      '[a-z]',
      '^a|b$',
      '^[a-z]+$',
      '^([a-z]{0,9}){0,9}$',
      '^[^a]{0,9}$',
      '^\\d{1,2}$',
    ]) {
      assert.throws(() => matchPattern(pattern, ''), /more than classes/);
    }
  });
});
