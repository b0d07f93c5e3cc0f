import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { ANYBODY, type Caller } from './caller.ts';
import { createRateLimit, MAX_CALLERS, networkOf } from './rateLimit.ts';

const HERE = '203.0.113.7';
const named = (caller: string): Caller => ({ ...ANYBODY, caller, bearer: `token of ${caller}` });

/** Three requests in 10 s, by a clock that the test sets. */
function three() {
  const time = { ms: 0 };
  const limit = createRateLimit({ requests: 3, windowSeconds: 10 }, () => time.ms);
  return { time, limit };
}

describe('a rate limit', () => {
  it('tells a caller what he has left, and refuses what is above it until the window is over', async () => {
    const { time, limit } = three();
    const left: number[] = [];
    for (let n = 0; n < 3; n++) left.push((await limit.count(named('ada'), HERE)).remaining);
    assert.deepEqual(left, [2, 1, 0]);
    time.ms = 3_400;
    const { refusal, remaining, resetMs } = await limit.count(named('ada'), HERE);
    assert.deepEqual([remaining, resetMs], [0, 6_600]);
    assert.equal(refusal?.code, 'RESOURCE_EXHAUSTED');
    assert.equal(refusal.reason, 'RATE_LIMITED');
    assert.equal(refusal.retryAfterMs, 7_000);
    assert.equal(
      refusal.message,
      'more than 3 requests of this caller in 10 s: repeat in 7 s, and ask less often',
    );
    time.ms = 10_000;
    const again = await limit.count(named('ada'), HERE);
    assert.deepEqual([again.remaining, again.refusal], [2, undefined]);
  });

  it('refuses all who are told the same by one error', async () => {
    const { limit } = three();
    for (let n = 0; n < 3; n++) await limit.count(named('ada'), HERE);
    const first = await limit.count(named('ada'), HERE);
    assert.equal((await limit.count(named('ada'), HERE)).refusal, first.refusal);
  });

  it('counts by the subject of a token wherever it comes from, and without one by the address', async () => {
    const { limit } = three();
    for (let n = 0; n < 3; n++) await limit.count(named('ada'), `203.0.113.${n}`);
    assert.ok((await limit.count(named('ada'), '203.0.113.9')).refusal);
    assert.equal((await limit.count(named('bob'), '203.0.113.9')).refusal, undefined);
    for (let n = 0; n < 3; n++) assert.equal((await limit.count(undefined, HERE)).refusal, undefined);
    assert.ok((await limit.count(ANYBODY, HERE)).refusal, 'nobody, and anybody without a token, are one');
    assert.equal((await limit.count(undefined, '203.0.113.8')).refusal, undefined);
  });

  it('keeps a bounded number of callers: the rest shares one count, and addresses take none from subjects', async () => {
    const { limit } = three();
    await limit.count(undefined, HERE);
    for (let n = 0; n < MAX_CALLERS + 1; n++) await limit.count(undefined, `address ${n}`);
    const { remaining } = await limit.count(undefined, 'one that was never seen');
    assert.equal(remaining, 0);
    assert.ok((await limit.count(undefined, 'another')).refusal);
    assert.equal((await limit.count(undefined, HERE)).remaining, 1, 'who was there before has his own');
    assert.equal((await limit.count(named('ada'), HERE)).remaining, 2);
  });

  it('takes for one caller what one host has of the addresses', () => {
    assert.equal(networkOf('203.0.113.7'), '203.0.113.7');
    assert.equal(networkOf('::ffff:203.0.113.7'), '203.0.113.7');
    assert.equal(networkOf('2001:db8::7:1:2:3:4'), '2001:db8:0:7::/64');
    assert.equal(networkOf('2001:db8:0:7:5:6:7:8'), '2001:db8:0:7::/64');
    assert.equal(networkOf('2001:db8::1'), '2001:db8:0:0::/64');
    assert.equal(networkOf('::1'), '0:0:0:0::/64');
    assert.equal(networkOf('fe80::'), 'fe80:0:0:0::/64');
  });
});
