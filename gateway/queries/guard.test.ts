import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { errors } from '@elastic/elasticsearch';
import { describe, it } from 'mocha';
import { OrderlogError } from '../../platform/errors.ts';
import { createGuard, type Guard } from './guard.ts';

const HALF_OPEN_MS = 100;
const TIMEOUT_MS = 2_000;
const PATIENT = { timeoutMs: TIMEOUT_MS };
const refused = () => Promise.reject(new errors.ConnectionError('refused'));
const silent = () => Promise.reject(new errors.TimeoutError('no answer'));

async function fail(guard: Guard, times: number, read: () => Promise<never>, timeoutMs = TIMEOUT_MS) {
  for (let n = 0; n < times; n += 1) {
    await assert.rejects(guard.read({ timeoutMs }, read), { reason: 'READ_MODEL_UNAVAILABLE' });
  }
}

/** A read whose caller goes away in the middle of it, and what the client throws then. */
function abandoned(guard: Guard, error: Error, reason?: OrderlogError, afterMs = 0): Promise<never> {
  const gone = new AbortController();
  return guard.read({ ...PATIENT, signal: gone.signal }, async () => {
    await sleep(afterMs);
    gone.abort(reason);
    throw error;
  });
}
const callerGone = { code: 'CANCELLED', reason: 'CALL_CANCELLED' };

describe('the breaker of reads from Elasticsearch', () => {
  it('opens after more than five failures in a row, and asks no more', async () => {
    const guard = createGuard(60_000);
    await fail(guard, 5, refused);
    await guard.read(PATIENT, async () => 'an answer');
    await fail(guard, 5, refused);
    assert.equal(guard.state(), 'closed');
    await fail(guard, 1, refused);
    assert.equal(guard.state(), 'open');
    let asked = false;
    const read = guard.read(PATIENT, async () => {
      asked = true;
    });
    await assert.rejects(read, (error: OrderlogError) => {
      assert.equal(error.code, 'UNAVAILABLE');
      assert.ok((error.retryAfterMs ?? 0) > 50_000, 'until it may be asked again');
      return true;
    });
    assert.equal(asked, false);
  });

  it('closes with the first answer once it has waited', async () => {
    const guard = createGuard(HALF_OPEN_MS);
    await fail(guard, 6, silent);
    await sleep(2 * HALF_OPEN_MS);
    assert.equal(await guard.read(PATIENT, async () => 'an answer'), 'an answer');
    assert.equal(guard.state(), 'closed');
  });

  it('stays open where the look at the server was an impatient one', async () => {
    const guard = createGuard(HALF_OPEN_MS);
    await fail(guard, 6, silent);
    await sleep(2 * HALF_OPEN_MS);
    await fail(guard, 1, silent, 100);
    assert.equal(guard.state(), 'open');
  });

  it('stays open where the look at the server was abandoned', async () => {
    const guard = createGuard(HALF_OPEN_MS);
    await fail(guard, 6, silent);
    await sleep(2 * HALF_OPEN_MS);
    await assert.rejects(abandoned(guard, new errors.RequestAbortedError('aborted')), callerGone);
    assert.equal(guard.state(), 'open');
  });

  it('is not looked through by a read whose caller is gone before it begins', async () => {
    const guard = createGuard(HALF_OPEN_MS);
    await fail(guard, 6, silent);
    await sleep(2 * HALF_OPEN_MS);
    const gone = guard.read({ ...PATIENT, signal: AbortSignal.abort() }, async () => assert.fail('asked'));
    await assert.rejects(gone, callerGone);
    assert.equal(await guard.read(PATIENT, async () => 'an answer'), 'an answer');
  });

  it('does not count reads that were abandoned, whatever the client makes of it', async () => {
    const guard = createGuard();
    for (let n = 0; n < 6; n += 1) {
      await assert.rejects(abandoned(guard, new errors.ConnectionError('the caller went away')), callerGone);
      await assert.rejects(abandoned(guard, new errors.RequestAbortedError('aborted')), callerGone);
    }
    const tooLate = new OrderlogError('DEADLINE_EXCEEDED', 'DEADLINE_EXCEEDED', 'of a test');
    await assert.rejects(abandoned(guard, new errors.ConnectionError('too late'), tooLate), tooLate);
    assert.equal(guard.state(), 'closed');
  });

  it('counts that there was no answer in a fair time, also where the caller gave up first', async () => {
    const guard = createGuard();
    const waited = Array.from({ length: 6 }, () =>
      abandoned(guard, new errors.ConnectionError('the caller went away'), undefined, 1_100),
    );
    for (const { status } of await Promise.allSettled(waited)) assert.equal(status, 'rejected');
    assert.equal(guard.state(), 'open');
  });

  it('does not count what is not the fault of the server', async () => {
    const guard = createGuard();
    const wrong = new OrderlogError('INVALID_ARGUMENT', 'INVALID_FIELD', 'of a test');
    for (let n = 0; n < 10; n += 1) {
      await assert.rejects(
        guard.read(PATIENT, () => Promise.reject(wrong)),
        wrong,
      );
    }
    await fail(guard, 10, silent, 100);
    assert.equal(guard.state(), 'closed');
  });
});
