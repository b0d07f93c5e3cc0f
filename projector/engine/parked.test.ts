import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { type ErrorCode, OrderlogError } from '../../platform/errors.ts';
import { analyticsProjection } from '../analytics/projection.ts';
import { refold } from './fold.ts';

const foldOf = (history: () => Promise<never>) => ({
  ...analyticsProjection({ getOrderHistory: () => Promise.reject(new Error('not asked')) }),
  history,
});
const failing = (code: ErrorCode) => () => Promise.reject(new OrderlogError(code, code, 'no'));

describe('an aggregate whose history is needed', () => {
  it('is not to blame where its service refuses to tell it', async () => {
    for (const code of ['UNAUTHENTICATED', 'PERMISSION_DENIED', 'UNIMPLEMENTED'] as const) {
      await assert.rejects(refold(foldOf(failing(code)), 'o-1', 3), /its service refuses to tell it/);
    }
  });

  it('cannot be folded where its service does not know it', async () => {
    assert.deepEqual(await refold(foldOf(failing('NOT_FOUND')), 'o-1', 3), {
      reason: 'its history cannot be had: no',
    });
  });
});
