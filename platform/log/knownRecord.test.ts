import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { type FreshDatabase, freshDatabase } from '../../cli/servers/testing.ts';
import { type Database, isConnectionError, isInfrastructureError, openDatabase } from '../database.ts';
import { createKnownRecord } from './knownRecord.ts';
import { LogMismatch } from './logMismatch.ts';

describe('the record that a process knows', function () {
  this.timeout(60_000);
  let database: FreshDatabase;
  let service: Database;
  let admin: Database;
  const told: string[] = [];
  const known = createKnownRecord('LAMPS', (why) => told.push(why));

  beforeEach(async () => {
    database = await freshDatabase();
    const options = { url: database.url, maxConnections: 2 };
    admin = openDatabase({ ...options, applicationName: 'admin' });
    await sql`create table relay (stream text, stream_epoch integer, position bigint)`.execute(admin);
    await sql`insert into relay values ('LAMPS', 1, 70)`.execute(admin);
    service = openDatabase({
      ...options,
      applicationName: 'service',
      verify: known.verify,
    });
  });
  afterEach(async () => {
    await service.destroy();
    await admin.destroy();
    await database.drop();
  });

  /** As everybody does: who finds his connection broken tries again, on a new one. */
  const work = async (): Promise<void> => {
    try {
      await sql`select 1`.execute(service);
    } catch (error) {
      if (!isConnectionError(error)) throw error;
      await work();
    }
  };
  /** As if another state of the database were put in its place: nobody stays connected. */
  const restore = async (epoch: number, position: number) => {
    await sql`update relay set stream_epoch = ${epoch}, position = ${position}`.execute(admin);
    await sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = ${database.name} and application_name = 'service'`.execute(admin);
  };

  it('keeps everybody away from a database that went back, until it is brought up again', async () => {
    await work();
    known.note({ epoch: 1, position: 70 });
    known.note({ epoch: 1, position: 60 });
    await restore(1, 40);
    await assert.rejects(work(), (error: Error) => {
      assert.ok(error instanceof LogMismatch, String(error));
      assert.equal(error.reason, 'LOG_AHEAD');
      assert.match(error.message, /up to 40 in epoch 1, and it was at 70 in epoch 1.*orderlog recover/);
      assert.ok(isInfrastructureError(error), 'nothing is parked for it');
      return true;
    });
    assert.ok(told.length > 0);
    await restore(1, 71);
    await work();
    // A log that was republished begins anew.
    await restore(2, 5);
    await work();
    known.note({ epoch: 2, position: 5 });
    await restore(1, 80);
    await assert.rejects(work(), LogMismatch);
  });
});
