import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createLimit } from './limit.ts';

describe('a limit', () => {
  it('keeps a share for what is not shed first', () => {
    const limit = createLimit(10, 'calls');
    for (let n = 0; n < 8; n++) limit.enter(true);
    assert.throws(() => limit.enter(true), { code: 'RESOURCE_EXHAUSTED', retryAfterMs: 1_000 });
    limit.enter();
    limit.enter();
    assert.throws(() => limit.enter(), /the server has 10 calls in progress already; repeat later/);
    limit.leave();
    limit.enter();
  });
});
