import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { after, before, beforeEach, describe, it } from 'mocha';
import { freshDatabase } from '../../cli/servers/testing.ts';
import { type Database, transact } from '../database.ts';
import { advance, CheckpointLost, createCheckpoint, moveCheckpoints } from './checkpoints.ts';
import { holdShare, keepShare, leave, type Membership } from './ownership.ts';
import { counterDatabase } from './testbed.testing.ts';

const member = (owner: string, ttlMs = 60_000): Membership => ({
  consumer: 'c',
  stream: 'TESTS',
  owner,
  ttlMs,
});
const eventId = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

describe('ownership of ranges', () => {
  let base: Awaited<ReturnType<typeof counterDatabase>>;
  let db: Database;
  before(async function () {
    this.timeout(120_000);
    base = await counterDatabase(await freshDatabase());
    db = base.db;
  });
  beforeEach(async () => {
    await sql`truncate checkpoints, members`.execute(db);
    await createCheckpoint(db, 'c', 'TESTS', 1);
  });
  after(() => base.close());

  const keep = async (owner: string, ttlMs?: number) => {
    const { checkpoints } = await keepShare(db, member(owner, ttlMs));
    return checkpoints.map((c) => `${c.firstPartition}-${c.lastPartition}`).join(' ');
  };
  const rows = async () => {
    const found = await sql<{
      row: string;
    }>`select concat(first_partition, '-', last_partition, '@', sequence, ' ',
      coalesce(owner, 'free')) as row from checkpoints order by first_partition`.execute(db);
    return found.rows.map(({ row }) => row).join(', ');
  };
  const move = async (owner: string, sequence: number) => {
    const owned = await keepShare(db, member(owner));
    const to = advance(owned.checkpoints, { sequence, eventId: eventId(sequence) });
    await transact(db, (tx) => moveCheckpoints(tx, owned, to));
  };
  const die = (owner: string) =>
    transact(db, async (tx) => {
      await sql`update members set expires_at = now() - interval '1 s' where member = ${owner}`.execute(tx);
      await sql`update checkpoints set owner_until = now() - interval '1 s' where owner = ${owner}`.execute(
        tx,
      );
    });

  it('makes the first row once', async () => {
    await keep('a');
    await move('a', 5);
    await createCheckpoint(db, 'c', 'TESTS', 2);
    assert.equal(await rows(), '0-255@5 a');
  });

  it('is one row for one replica', async () => {
    assert.equal(await keep('a'), '0-255');
    assert.equal(await keep('a'), '0-255');
    assert.equal(await rows(), '0-255@0 a');
  });

  it('counts a replica that comes late among the living, in its own eyes', async () => {
    assert.equal(await keep('a', 0), '0-255');
    assert.equal(await keep('a', 0), '0-255');
  });

  it('is shared by two and by three, and one alone gets all again', async () => {
    assert.equal(await keep('a'), '0-255');
    assert.equal(await keep('b'), '');
    assert.equal(await keep('a'), '0-127');
    assert.equal(await keep('b'), '128-255');
    assert.equal(await keep('c'), '');
    assert.equal(await keep('a'), '0-84');
    assert.equal(await keep('b'), '85-169');
    assert.equal(await keep('c'), '170-255');
    assert.equal(await rows(), '0-84@0 a, 85-169@0 b, 170-255@0 c');
    await leave(db, member('a'));
    await leave(db, member('c'));
    assert.equal(await keep('b'), '0-255');
    assert.equal(await rows(), '0-255@0 b');
  });

  it('moves the ranges of a dead replica, not of a living one', async () => {
    await keep('a');
    await keep('b');
    await keep('a');
    await keep('b');
    await die('a');
    assert.equal(await keep('b'), '0-255');
    assert.equal(await keep('a'), '');
    assert.equal(await keep('b'), '128-255');
    assert.equal(await keep('a'), '0-127');
  });

  it('moves the ranges of a dead replica though the clock was set back since', async () => {
    await keep('a');
    await keep('b');
    await keep('a');
    await keep('b');
    await sql`update members set expires_at = expires_at + interval '1 hour' where member = 'a'`.execute(db);
    await sql`update checkpoints set owner_until = owner_until + interval '1 hour' where owner = 'a'`.execute(
      db,
    );
    assert.equal(await keep('b'), '0-255');
  });

  it('keeps what it has during work that takes longer than a claim lasts, and not after it', async () => {
    await keep('a', 900);
    assert.equal(await holdShare(db, member('a', 900), () => sleep(2_000, 'done')), 'done');
    assert.equal(await keep('b'), '');
    await leave(db, member('b'));
    const failing = holdShare(db, member('a', 900), () => Promise.reject(new Error('failed')));
    await assert.rejects(failing, /failed/);
    await sleep(1_100);
    assert.equal(await keep('b'), '0-255');
  });

  it('neither claims nor gives up anything during such work', async () => {
    await keep('a', 900);
    await keep('b');
    await holdShare(db, member('a', 900), () => sleep(600));
    assert.equal(await rows(), '0-255@0 a');
    await leave(db, member('a'));
    await holdShare(db, member('a', 900), () => sleep(600));
    assert.equal(await rows(), '0-255@0 free');
  });

  it('merges what was read together, after it has become equal', async () => {
    await keep('a');
    await keep('b');
    await keep('a');
    await keep('b');
    await move('a', 3);
    await leave(db, member('b'));
    assert.equal(await keep('a'), '0-127 128-255');
    assert.equal(await rows(), '0-127@3 a, 128-255@0 a');
    await move('a', 2);
    assert.equal(await rows(), '0-127@3 a, 128-255@2 a');
    await move('a', 4);
    assert.equal(await keep('a'), '0-255');
    assert.equal(await rows(), '0-255@4 a');
  });

  it('does not wait for a row that a batch has locked', async () => {
    await keep('a');
    await transact(db, async (tx) => {
      const owned = await keepShare(db, member('a'));
      await moveCheckpoints(tx, owned, advance(owned.checkpoints, { sequence: 1, eventId: eventId(1) }));
      await sql`update members set expires_at = now() - interval '1 s' where member = 'a'`.execute(db);
      assert.equal(await keep('b'), '');
    });
  });

  it('lets one of two believers move a range', async () => {
    await keep('a');
    const believed = await keepShare(db, member('a'));
    const to = advance(believed.checkpoints, { sequence: 9, eventId: eventId(9) });
    // Somebody else takes over, moves, and gives it back at another place.
    await die('a');
    await keep('b');
    await assert.rejects(
      transact(db, (tx) => moveCheckpoints(tx, believed, to)),
      CheckpointLost,
    );
    await move('b', 5);
    await leave(db, member('b'));
    await keep('a');
    await assert.rejects(
      transact(db, (tx) => moveCheckpoints(tx, believed, to)),
      CheckpointLost,
    );
    assert.equal(await rows(), '0-255@5 a');
  });

  it('lets two transactions of one owner move it once', async () => {
    const owned = await keepShare(db, member('a'));
    const to = advance(owned.checkpoints, { sequence: 1, eventId: eventId(1) });
    const tries = [1, 2, 3].map(() => transact(db, (tx) => moveCheckpoints(tx, owned, to)));
    const settled = await Promise.allSettled(tries);
    assert.deepEqual(settled.map(({ status }) => status).sort(), ['fulfilled', 'rejected', 'rejected']);
  });

  it('loses all if one of several rows has gone', async () => {
    await keep('a');
    await keep('b');
    await keep('a');
    await keep('b');
    await move('a', 3);
    await leave(db, member('b'));
    const owned = await keepShare(db, member('a'));
    assert.equal(owned.checkpoints.length, 2);
    await sql`update checkpoints set owner = 'z' where first_partition = 128`.execute(db);
    const to = advance(owned.checkpoints, { sequence: 9, eventId: eventId(9) });
    await assert.rejects(
      transact(db, (tx) => moveCheckpoints(tx, owned, to)),
      CheckpointLost,
    );
    assert.equal(await rows(), '0-127@3 a, 128-255@0 z');
  });
});
