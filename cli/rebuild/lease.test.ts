import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { FoundLock } from '../../projector/engine/rebuildLock.ts';
import { type LockRecords, LockTaken, takeLease } from './lease.ts';

/** Of one who died while he kept `live` from being written. */
function recordsOfTheDead(free: LockRecords['free']): LockRecords {
  const expiresAt = new Date(0).toISOString();
  let found: FoundLock = { lock: { owner: 'nobody', expiresAt, blocked: 'live' }, seqNo: 0, primaryTerm: 0 };
  return {
    read: async () => found,
    async write(lock, before) {
      if (before?.seqNo !== found.seqNo) throw new LockTaken();
      found = { lock, seqNo: found.seqNo + 1, primaryTerm: 0 };
      return found;
    },
    free,
  };
}
const take = (records: LockRecords) => takeLease('orders', records, () => undefined);
const isExpired = async (records: LockRecords) =>
  Date.parse((await records.read())?.lock.expiresAt ?? '') < Date.now();

describe('the lease of a rebuild', () => {
  it('frees what one who died had kept from being written, noted until then', async () => {
    const noted: unknown[] = [];
    const records = recordsOfTheDead(async (id, run) => {
      const { lock } = (await records.read()) ?? {};
      noted.push(id, lock?.blocked);
      assert.equal(lock?.run, run);
    });
    const lease = await take(records);
    assert.deepEqual(noted, ['live', 'live']);
    assert.equal((await records.read())?.lock.blocked, undefined);
    assert.equal(await isExpired(records), false);
    await lease.release();
  });

  it('has an id of each run, and tells a run that was taken over from that it was', async () => {
    const records = recordsOfTheDead(async () => undefined);
    const first = await take(records);
    await first.release();
    const second = await take(records);
    assert.notEqual(first.run, second.run);
    assert.equal((await records.read())?.lock.run, second.run);
    await assert.rejects(first.setBlocked('live'), /has taken over/);
    assert.equal((await records.read())?.lock.blocked, undefined);
    await second.release();
  });

  it('is not taken where that fails, and leaves the note to the projector', async () => {
    const records = recordsOfTheDead(() => Promise.reject(new Error('out of reach')));
    await assert.rejects(take(records), /out of reach/);
    assert.equal((await records.read())?.lock.blocked, 'live');
    assert.equal(await isExpired(records), true);
  });
});
