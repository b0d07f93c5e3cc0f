import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import pg from 'pg';
import { freshDatabase, testPostgres } from '../cli/servers/testing.ts';
import { type Database, openDatabase } from './database.ts';
import { watchDurability } from './durability.ts';
import { createLogger } from './logging.ts';

const logger = createLogger({ service: 'test', level: 'silent' });

describe('durability', function () {
  this.timeout(120_000);
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  let db: Database;
  before(async () => {
    database = await freshDatabase();
    db = openDatabase({ url: database.url, applicationName: 'test', maxConnections: 1 });
  });
  after(async () => {
    await db.destroy();
    await database.drop();
  });

  it('is missed while a standby follows that commits do not wait for', async () => {
    const told: boolean[] = [];
    let tell = () => {};
    const onChange = (isDurable: boolean) => {
      told.push(isDurable);
      tell();
    };
    const change = () =>
      new Promise<void>((resolve) => {
        tell = resolve;
      });
    const { url } = await testPostgres();
    // What a standby begins with.
    const standby = new pg.Client({ connectionString: url, replication: 'true' } as pg.ClientConfig);
    const seen = change();
    const watch = watchDurability(db, { logger, onChange, everyMs: 10 });
    try {
      await standby.connect();
      await seen;
      const gone = change();
      await standby.end();
      await gone;
    } finally {
      await watch.stop();
    }
    assert.deepEqual(told, [false, true]);
  });
});
