import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createLimit } from './limit.ts';

describe('a limit', () => {
  it('keeps a share for what is not shed first', () => {
    const limit = createLimit(10, 'calls');
    for (let n = 0; n < 8; n++) assert.equal(limit.enter(true), undefined);
    const refusal = limit.enter(true);
    assert.equal(refusal?.code, 'RESOURCE_EXHAUSTED');
    assert.equal(refusal.retryAfterMs, 1_000);
    assert.equal(limit.enter(), undefined);
    assert.equal(limit.enter(), undefined);
    assert.equal(limit.enter()?.message, 'the server has 10 calls in progress already; repeat later');
    limit.leave();
    assert.equal(limit.enter(), undefined);
  });
});
