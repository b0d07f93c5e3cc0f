import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { errors } from '@elastic/elasticsearch';
import { describe, it } from 'mocha';
import { OrderlogError } from '../../platform/errors.ts';
import { createGuard, type Guard } from './guard.ts';

const HALF_OPEN_MS = 100;
const TIMEOUT_MS = 2_000;
const refused = () => Promise.reject(new errors.ConnectionError('refused'));
const silent = () => Promise.reject(new errors.TimeoutError('no answer'));

async function fail(guard: Guard, times: number, read: () => Promise<never>, timeoutMs = TIMEOUT_MS) {
  for (let n = 0; n < times; n += 1) {
    await assert.rejects(guard.read(timeoutMs, read), { reason: 'READ_MODEL_UNAVAILABLE' });
  }
}

describe('the breaker of reads from Elasticsearch', () => {
  it('opens after more than five failures in a row, and asks no more', async () => {
    const guard = createGuard(60_000);
    await fail(guard, 5, refused);
    await guard.read(TIMEOUT_MS, async () => 'an answer');
    await fail(guard, 5, refused);
    assert.equal(guard.state(), 'closed');
    await fail(guard, 1, refused);
    assert.equal(guard.state(), 'open');
    let asked = false;
    const read = guard.read(TIMEOUT_MS, async () => {
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
    assert.equal(await guard.read(TIMEOUT_MS, async () => 'an answer'), 'an answer');
    assert.equal(guard.state(), 'closed');
  });

  it('stays open where the look at the server was an impatient one', async () => {
    const guard = createGuard(HALF_OPEN_MS);
    await fail(guard, 6, silent);
    await sleep(2 * HALF_OPEN_MS);
    await fail(guard, 1, silent, 100);
    assert.equal(guard.state(), 'open');
  });

  it('does not count what is not the fault of the server', async () => {
    const guard = createGuard();
    const wrong = new OrderlogError('INVALID_ARGUMENT', 'INVALID_FIELD', 'of a test');
    for (let n = 0; n < 10; n += 1) {
      await assert.rejects(
        guard.read(TIMEOUT_MS, () => Promise.reject(wrong)),
        wrong,
      );
    }
    await fail(guard, 10, silent, 100);
    assert.equal(guard.state(), 'closed');
  });
});
