import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { after, before, describe, it } from 'mocha';
import { freshDatabase } from '../../cli/servers/testing.ts';
import { type Database, openDatabase, transact } from '../database.ts';
import { watchBacklog } from './backlog.ts';
import { insertEvents, lampEvents, logger, migratePlatform, until } from './logFixture.testing.ts';

describe('the backlog', function () {
  this.timeout(120_000);
  let db: Database;
  let drop: () => Promise<void>;

  before(async () => {
    const database = await freshDatabase();
    drop = database.drop;
    await migratePlatform(database.url);
    db = openDatabase({ url: database.url, applicationName: 'test', maxConnections: 5 });
  });
  after(async () => {
    await db.destroy();
    await drop();
  });

  it('is counted up to its bound, beyond which new sagas are refused', async () => {
    const backlog = watchBacklog(db, 10, logger);
    await transact(db, (tx) => insertEvents(tx, lampEvents(2, 10)));
    await until('counted', () => backlog.depth() === 10);
    assert.deepEqual(backlog.oldestTime(), new Date(Date.UTC(2026, 0, 1) + 1));
    assert.equal(backlog.refusal(), undefined);
    await transact(db, (tx) => insertEvents(tx, lampEvents(2, 20, 6)));
    await until('beyond', () => backlog.depth() === 11);
    assert.equal(backlog.refusal()?.code, 'RESOURCE_EXHAUSTED');
    assert.equal(backlog.refusal()?.retryAfterMs, 5_000);
    await sql`delete from outbox`.execute(db);
    await until('empty', () => backlog.depth() === 0);
    assert.equal(backlog.refusal(), undefined);
    assert.equal(backlog.oldestTime(), undefined);
    await backlog.stop();
  });
});
