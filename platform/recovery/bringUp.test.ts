import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { freshDatabase, type TestNats, testNats } from '../../cli/servers/testing.ts';
import type { CounterCommand } from '../counterModel.testing.ts';
import { type LeaseTerm, tryLease } from '../log/lease.ts';
import { audit, logger, until } from '../log/logFixture.testing.ts';
import { LogMismatch } from '../log/logMismatch.ts';
import { bringUp } from './bringUp.ts';
import { surveyLog } from './survey.ts';
import {
  backUp,
  type CounterService,
  counterReplay,
  counterService,
  makeCounterDatabase,
} from './testbed.testing.ts';

const add = (key: string, amount: number): CounterCommand => ({ type: 'Add', key, amount });
const many = (count: number, name: string): CounterCommand[] =>
  Array.from({ length: count }, (_, n) => add(`${name}-${n % 40}`, 2));
const nothing = () => undefined;
/** Says which lines differ, of many. */
const assertSame = (found: string, expected: string) => {
  const [has, wants] = [new Set(found.split('\n')), new Set(expected.split('\n'))];
  assert.deepEqual([...has.symmetricDifference(wants)], []);
};

describe('bringing a database up to the log', function () {
  this.timeout(120_000);
  let nats: TestNats;
  let url: string;
  let service: CounterService;
  let lease: LeaseTerm | undefined;

  beforeEach(async () => {
    nats = await testNats();
    const database = await freshDatabase();
    url = database.url;
    await makeCounterDatabase(database);
    service = await counterService(url, nats.url);
    await service.gate.whenOpen(AbortSignal.timeout(50_000));
  });
  afterEach(async () => {
    await lease?.release();
    await service.close();
    await nats.stop();
  });

  /** The service goes on with this database. */
  const restore = async (databaseUrl: string) => {
    await service.close();
    service = await counterService(databaseUrl, nats.url);
  };
  const backUpNow = async () => {
    await service.published();
    await service.close();
    const backup = await backUp(url);
    service = await counterService(url, nats.url);
    await service.gate.whenOpen(AbortSignal.timeout(50_000));
    return backup;
  };
  const closedFor = (reason: string) =>
    until(`closed for ${reason}`, () => service.gate.reason()?.reason === reason);
  const recover = async (onProgress: (done: number, total: number) => void = nothing) => {
    lease = await tryLease({ db: service.log.db, name: 'relay', holder: 'recovery', ttlMs: 3_000, logger });
    assert.ok(lease);
    try {
      return await bringUp(service.log, lease, counterReplay, onProgress);
    } finally {
      await lease.release();
    }
  };

  it('brings back events, rows and tasks from where a crash left it, and nothing happens twice', async () => {
    await service.run([...many(80, 'old'), add('open', 99)], 0);
    const backup = await backUpNow();
    await service.run([add('open', 1), ...many(40, 'old')], 100);
    await sql`delete from tasks`.execute(service.log.db);
    await service.run([{ type: 'Move', from: 'old-1', to: 'new-1', amount: 3 }, add('again', 99)], 200);
    await service.run(many(1_200, 'new'), 1_000);
    await service.published();
    const lost = await service.contents();

    await restore(backup);
    await closedFor('LOG_AHEAD');
    assert.match(service.gate.reason()?.message ?? '', /orderlog recover/);
    const survey = await surveyLog(service.log, nothing);
    assert.deepEqual([survey.present, survey.missing, survey.anew], [0, 41 + 3 + 1_200, false]);
    assert.deepEqual([...survey.byType], [['test.v1.Added', 1_244]]);

    const dies = new Error('the process dies');
    await assert.rejects(
      recover((done) => {
        if (done > 600) throw dies;
      }),
      dies,
    );
    await closedFor('LOG_AHEAD');
    const progress: string[] = [];
    assert.equal(await recover((done, total) => progress.push(`${done}/${total}`)), 244);
    assert.deepEqual(progress, ['244/244']);
    assertSame(await service.contents(), lost);

    await service.gate.whenOpen(AbortSignal.timeout(50_000));
    const { rows } = await sql<{ attempts: number; tried: boolean; created_at: Date }>`
      select attempts, tried, created_at from tasks`.execute(service.log.db);
    assert.deepEqual(rows, [{ attempts: 1, tried: false, created_at: new Date('2026-01-02T03:04:05.678Z') }]);
    const repeats = await service.run([add('open', 1), ...many(40, 'old')], 100);
    assert.deepEqual(
      repeats.map((outcome) => outcome.kind === 'accepted' && outcome.events.length),
      Array(41).fill(0),
    );
    assertSame(await service.contents(), lost);
    await service.run(many(20, 'later'), 9_000);
    await service.published();
    await audit(service.log);
  });

  it('finds in the log what the backup held as not published yet', async () => {
    await service.run(many(10, 'old'), 0);
    await service.published();
    await service.close();
    service = await counterService(url, nats.url);
    await service.relay.stop(0);
    await service.run(many(10, 'waiting'), 100);
    await service.close();
    const backup = await backUp(url);
    service = await counterService(url, nats.url);
    await service.published();
    await service.run(many(10, 'old'), 200);
    await service.published();
    const lost = await service.contents();
    await restore(backup);
    await closedFor('LOG_AHEAD');
    assert.equal(await recover(), 10);
    assertSame(await service.contents(), lost);
    await service.run(many(20, 'later'), 9_000);
    await service.published();
    await audit(service.log);
  });

  it('makes a whole database again from the log alone', async () => {
    await service.run([...many(200, 'old'), add('open', 99)], 0);
    await service.published();
    const lost = await service.contents();
    const fresh = await freshDatabase();
    await makeCounterDatabase(fresh);
    await restore(fresh.url);
    await closedFor('LOG_AHEAD');
    assert.equal((await surveyLog(service.log, nothing)).anew, true);
    assert.equal(await recover(), 201);
    assertSame(await service.contents(), lost);
    await service.gate.whenOpen(AbortSignal.timeout(50_000));
    await service.run(many(20, 'later'), 9_000);
    await service.published();
    await audit(service.log);
  });

  it('changes nothing where log and database contradict each other', async () => {
    await service.run(many(10, 'old'), 0);
    const backup = await backUpNow();
    await service.run(many(10, 'old'), 100);
    await service.published();
    await service.close();
    service = await counterService(backup, nats.url, 60_000);
    // Somebody wrote into the restored database before anybody noticed.
    await service.run([add('old-3', 5)], 200);
    const before = await service.contents();
    const contradiction = (error: unknown) =>
      error instanceof LogMismatch &&
      error.reason === 'LOG_DIFFERS' &&
      /event 2 of old-3/.test(error.message);
    await assert.rejects(surveyLog(service.log, nothing), contradiction);
    await assert.rejects(recover(), contradiction);
    assert.equal(await service.contents(), before);
  });
});
