import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { freshDatabase, type TestNats, testNats } from '../../cli/servers/testing.ts';
import { transact } from '../database.ts';
import { proxyTo, type TcpProxy } from '../tcpProxy.testing.ts';
import {
  audit,
  insertEvents,
  lampEvents,
  readAll,
  SPEC,
  type TestLog,
  testLog,
  until,
} from './logFixture.testing.ts';
import { type RelayProcess, spawnRelay } from './relayProcess.testing.ts';

/** Each row: where the leader is interrupted, and how much of its batch has gone to the server by then. */
const POINTS = [
  ['before it publishes', 0],
  ['in the middle of a batch', 1],
] as const;

describe('a leading relay that is interrupted', function () {
  this.timeout(120_000);
  let nats: TestNats;
  let log: TestLog;
  let proxy: TcpProxy;
  let first: RelayProcess;
  let second: RelayProcess | undefined;

  beforeEach(async () => {
    nats = await testNats();
    log = await testLog(await freshDatabase(), nats.url);
    proxy = await proxyTo(Number(new URL(nats.url).port));
    first = spawnRelay('first', log.databaseUrl, `nats://127.0.0.1:${proxy.port}`);
    await leads('first');
  });
  afterEach(async () => {
    await first.kill();
    await second?.kill();
    await proxy.close();
    await log.close();
    await nats.stop();
  });
  const insert = (events: [string, number][]) => transact(log.db, (tx) => insertEvents(tx, events));
  const leads = (holder: string) =>
    until(`${holder} leads`, async () => {
      const { rows } = await sql<{ holder: string }>`
        select holder from leases where name = 'relay' and expires_at > clock_timestamp()`.execute(log.db);
      return rows[0]?.holder === holder;
    });
  /** Lets so many pieces of the next batch through, and holds the rest back. */
  const publishHeldAfter = async (pieces: number) => {
    let seen = 0;
    proxy.onRequest = (bytes) => {
      if (seen === 0 && !bytes.includes(`HPUB ${SPEC.subjectPrefix}.`)) return 'pass';
      return seen++ < pieces ? 'pass' : 'hold';
    };
    await insert(lampEvents(9, 700));
    await until('the rest is held', () => seen > pieces);
    assert.deepEqual(await readAll(log), [], 'nothing of it is visible');
  };
  const takeOver = async () => {
    second = spawnRelay('second', log.databaseUrl, nats.url);
    await leads('second');
  };

  for (const [where, pieces] of POINTS) {
    it(`${where}, by a kill: another one publishes everything, once`, async () => {
      await publishHeldAfter(pieces);
      await first.kill();
      await takeOver();
      await audit(log);
      await insert(lampEvents(9, 40, 1, 'later'));
      await audit(log);
    });

    it(`${where}, by a pause: what it had on its way is refused, and it is fenced`, async () => {
      await publishHeldAfter(pieces);
      first.signal('SIGSTOP');
      await takeOver();
      await insert(lampEvents(9, 40, 1, 'later'));
      assert.equal((await audit(log)).length, 740);
      proxy.onRequest = () => 'pass';
      proxy.release();
      await sleep(200);
      first.signal('SIGCONT');
      await insert(lampEvents(9, 40, 1, 'after'));
      assert.equal((await audit(log)).length, 780);
      await second?.kill();
      await leads('first');
      await insert(lampEvents(9, 40, 1, 'last'));
      assert.equal((await audit(log)).length, 820);
    });
  }
});
