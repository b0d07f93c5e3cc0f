import assert from 'node:assert/strict';
import { Metadata, status } from '@grpc/grpc-js';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { type ErrorCode, grpcStatusOf, OrderlogError } from '../errors.ts';
import { fromServiceError, fromStatusBytes, toServiceError, toStatusBytes } from './status.ts';

const codes = fc.constantFrom(...(Object.keys(grpcStatusOf) as ErrorCode[]));
const text = fc.string({ maxLength: 50, unit: 'grapheme' });
const errors = fc
  .record({
    code: codes,
    reason: fc.stringMatching(/^[A-Z_]{1,20}$/),
    message: text,
    violations: fc.array(fc.record({ field: text, description: text }), { maxLength: 5 }),
    retryAfterMs: fc.option(fc.nat(10 ** 7), { nil: undefined }),
  })
  .map(({ code, reason, message, violations, retryAfterMs }) => {
    const more = retryAfterMs === undefined ? { violations } : { violations, retryAfterMs };
    return new OrderlogError(code, reason, message, more);
  });

const partsOf = ({ code, reason, message, violations, retryAfterMs }: OrderlogError) => ({
  code,
  reason,
  message,
  violations: violations.map(({ field, description }) => [field, description]),
  retryAfterMs,
});

describe('status', () => {
  it('tells a client all that the error says', () => {
    fc.assert(
      fc.property(errors, (error) => {
        const onWire = Object.assign(toServiceError(error), { name: 'Error' });
        assert.equal(onWire.code, grpcStatusOf[error.code]);
        assert.deepEqual(partsOf(fromServiceError(onWire)), partsOf(error));
      }),
    );
  });

  it('is remembered, and answered again, byte for byte', () => {
    fc.assert(
      fc.property(errors, (error) => {
        const bytes = toStatusBytes(error);
        assert.deepEqual(toStatusBytes(fromStatusBytes(bytes)), bytes);
        const [details] = toServiceError(fromStatusBytes(bytes)).metadata.get('grpc-status-details-bin');
        assert.deepEqual(details, Buffer.from(bytes));
      }),
    );
  });

  it('is bounded: clients refuse long trailers', () => {
    const violations = Array.from({ length: 5_000 }, (_, index) => ({
      field: `lines[${index}].name`,
      description: 'x'.repeat(500),
    }));
    const error = new OrderlogError('INVALID_ARGUMENT', 'INVALID_FIELD', 'y'.repeat(10_000), { violations });
    const bytes = toStatusBytes(error);
    assert.ok(bytes.length <= 4_096);
    const told = fromStatusBytes(bytes).violations;
    assert.equal(told[0]?.field, 'lines[0].name');
    assert.equal(told.at(-1)?.description, `and ${5_000 - (told.length - 1)} more`);
  });

  it('has a message that can be sent, whatever it was made of', () => {
    const error = new OrderlogError('NOT_FOUND', 'NOT_FOUND', 'half \ud800 a character');
    assert.doesNotThrow(() => encodeURI(toServiceError(error).details));
  });

  it('reads a failure without details as what grpc-js says of it', () => {
    const plain = (code: status) =>
      Object.assign(new Error('14 UNAVAILABLE: no connection'), {
        code,
        details: 'no connection',
        metadata: new Metadata(),
      });
    assert.deepEqual(partsOf(fromServiceError(plain(status.UNAVAILABLE))), {
      code: 'UNAVAILABLE',
      reason: 'UNAVAILABLE',
      message: 'no connection',
      violations: [],
      retryAfterMs: 1_000,
    });
    assert.equal(fromServiceError(plain(status.UNKNOWN)).code, 'INTERNAL');
  });
});
