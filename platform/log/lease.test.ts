import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { after, afterEach, before, describe, it } from 'mocha';
import { freshDatabase } from '../../cli/servers/testing.ts';
import { type Database, openDatabase } from '../database.ts';
import { type LeaseTerm, tryLease } from './lease.ts';
import { logger, migratePlatform, until } from './logFixture.testing.ts';

describe('a lease', function () {
  this.timeout(120_000);
  let db: Database;
  let drop: () => Promise<void>;
  const terms: LeaseTerm[] = [];

  before(async () => {
    const database = await freshDatabase();
    drop = database.drop;
    await migratePlatform(database.url);
    db = openDatabase({ url: database.url, applicationName: 'test', maxConnections: 5 });
  });
  afterEach(async () => {
    for (const term of terms.splice(0)) await term.release();
    await sql`delete from leases`.execute(db);
  });
  after(async () => {
    await db.destroy();
    await drop();
  });
  const take = async (holder: string, ttlMs = 60_000) => {
    const term = await tryLease({ db, name: 'relay', holder, ttlMs, logger });
    if (term) terms.push(term);
    return term;
  };

  it('is held by one, and by the next with a higher epoch as soon as it is released', async () => {
    const first = await take('a');
    assert.equal(first?.epoch, 1n);
    assert.equal(first.held(), true);
    assert.equal(await take('b'), undefined);
    await first.release();
    assert.equal(first.held(), false);
    assert.equal((await take('b'))?.epoch, 2n);
    assert.equal(await take('a'), undefined);
  });

  it('is renewed while it is held', async () => {
    const first = await take('a', 3_000);
    const expiry = async () => {
      const { rows } = await sql<{ expires_at: Date }>`select expires_at from leases`.execute(db);
      return rows[0]?.expires_at.getTime();
    };
    const firstExpiry = await expiry();
    await until('it is renewed', async () => (await expiry()) !== firstExpiry);
    assert.equal(first?.held(), true);
    assert.equal(await take('b'), undefined);
  });

  it('goes to the only one who asks at the same time', async () => {
    const got = await Promise.all(Array.from({ length: 5 }, (_, n) => take(`holder ${n}`)));
    assert.equal(got.filter((term) => term !== undefined).length, 1);
  });

  it('is not kept for one that is gone by a clock that was set back', async () => {
    await take('a');
    await sql`update leases set expires_at = expires_at + interval '1 hour'`.execute(db);
    assert.equal((await take('b'))?.epoch, 2n);
  });

  it('is taken again by the same holder, whose earlier term is over', async () => {
    const first = await take('a', 300);
    assert.equal((await take('a'))?.epoch, 2n);
    await until('its term is over', () => first?.ended.aborted === true);
    assert.equal(first?.held(), false);
  });

  it('is not held by one that was paused past its end, who does not take it back by a late renewal', async () => {
    const first = await take('a', 300);
    // Nothing in this process runs, neither the renewal nor anything else.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
    assert.equal(first?.held(), false);
    const second = await take('b');
    assert.equal(second?.epoch, 2n);
    await until('its renewal is refused', () => first.ended.aborted);
    assert.equal(first.held(), false);
    assert.equal(second.held(), true);
  });
});
