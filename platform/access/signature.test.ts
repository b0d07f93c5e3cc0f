import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { OrderlogError } from '../errors.ts';
import { ANYBODY } from './caller.ts';
import { assertOwnSignature } from './signature.ts';

const grace = { caller: 'grace', bearer: 'her token' };

describe('a signature', () => {
  it("is the token's subject, and nobody else", () => {
    assertOwnSignature('grace', grace);
    assert.throws(
      () => assertOwnSignature('ada', grace),
      (error: OrderlogError) => {
        assert.deepEqual([error.code, error.reason], ['PERMISSION_DENIED', 'OPERATOR_NOT_CALLER']);
        assert.equal(error.violations[0]?.field, 'operator_id');
        assert.match(error.message, /^operator_id must be the token's subject/);
        return true;
      },
    );
  });

  it('is whoever says so where nobody shows a token', () => {
    assertOwnSignature('ada', ANYBODY);
  });
});
