import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import { freshDatabase, type TestNats, testNats } from '../../cli/servers/testing.ts';
import { transact } from '../database.ts';
import { type LeaseTerm, tryLease } from './lease.ts';
import {
  insertEvents,
  lampEvents,
  logger,
  outboxDepth,
  readAll,
  SPEC,
  type TestLog,
  testLog,
} from './logFixture.testing.ts';
import { LogMismatch, type MismatchReason } from './logMismatch.ts';
import { readOutbox } from './outboxPage.ts';
import { publishBatch } from './publishBatch.ts';
import { checkLog, reconcile } from './reconcile.ts';
import { Fenced, readRelayRecord } from './relayRecord.ts';

describe('matching log and database', function () {
  this.timeout(120_000);
  let nats: TestNats;
  let log: TestLog;
  let lease: LeaseTerm;

  before(async () => {
    nats = await testNats();
  });
  after(() => nats.stop());
  beforeEach(async () => {
    log = await testLog(await freshDatabase(), nats.url);
    lease = await takeLease('a');
  });
  afterEach(async () => {
    await lease.release();
    await deleteStream();
    await log.close();
  });

  const api = async (call: string, body: unknown = {}) => {
    const answer = await log.connection.request(`$JS.API.${call}`, JSON.stringify(body), {
      timeoutMs: 5_000,
    });
    return answer.json<{ error?: unknown; config: Record<string, unknown> }>();
  };
  const deleteStream = () => api(`STREAM.DELETE.${SPEC.name}`);
  const insert = (events: [string, number][]) => transact(log.db, (tx) => insertEvents(tx, events));
  async function takeLease(holder: string): Promise<LeaseTerm> {
    const term = await tryLease({ db: log.db, name: 'relay', holder, ttlMs: 3_000, logger });
    assert.ok(term);
    return term;
  }
  /** Publishes the whole outbox and records it. */
  async function publishAll(): Promise<void> {
    let record = await reconcile(log, lease);
    for (let page = await readOutbox(log.db); page.events.length > 0; page = await readOutbox(log.db)) {
      const { events } = page;
      record = await publishBatch(log, lease, record, events);
    }
  }
  /** Forgets what was recorded since `position`, as if it had never been; outbox rows come back. */
  async function unrecord(record: Awaited<ReturnType<typeof readRelayRecord>>): Promise<void> {
    assert.ok(record);
    await sql`update relay set position = ${record.position}, prev = ${record.prev}::bigint[]`.execute(
      log.db,
    );
    const messages = (await readAll(log)).slice(record.position);
    await sql`
      insert into outbox select position, stream_id, version from events
      where event_id = any(${messages.map(({ eventId }) => eventId)}::uuid[])`.execute(log.db);
  }
  async function deleteEvents(where: string): Promise<void> {
    await sql`alter table events disable trigger events_append_only`.execute(log.db);
    await sql.raw(`delete from events where ${where}`).execute(log.db);
    await sql`alter table events enable trigger events_append_only`.execute(log.db);
  }
  const mismatch = async (reason: MismatchReason, found: RegExp) => {
    for (const look of [() => checkLog(log), () => reconcile(log, lease)]) {
      await assert.rejects(look, (error) => {
        assert.ok(error instanceof LogMismatch, String(error));
        assert.equal(error.reason, reason);
        assert.match(error.message, found);
        return true;
      });
    }
  };

  it('makes the stream for a database that has never seen one', async () => {
    await checkLog(log);
    const record = await readRelayRecord(log.db, SPEC.name);
    const prev = Array(256).fill(0);
    assert.deepEqual(record, { created: record?.created, epoch: 1, position: 0, prev, lastId: 0n });
    assert.match(record?.created ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}Z$/);
    await checkLog(log);
  });

  it('takes an empty stream that it made before it could record it', async () => {
    await checkLog(log);
    await sql`delete from relay`.execute(log.db);
    await checkLog(log);
    assert.equal((await readRelayRecord(log.db, SPEC.name))?.position, 0);
  });

  it('finds what was published and not recorded: the leader records it, others only look', async () => {
    await insert(lampEvents(7, 100));
    await publishAll();
    const before = await readRelayRecord(log.db, SPEC.name);
    await insert(lampEvents(7, 800, 100).map(([lamp, version]) => [`${lamp}-b`, version - 99]));
    await publishAll();
    const end = await readRelayRecord(log.db, SPEC.name);
    await unrecord(before);
    await insert([['lamp-new', 1]]);
    await checkLog(log);
    assert.equal(await outboxDepth(log.db), 801);
    assert.deepEqual(await reconcile(log, lease), end);
    assert.deepEqual(await readRelayRecord(log.db, SPEC.name), end);
    assert.equal(await outboxDepth(log.db), 1);
  });

  it('leaves the record to whoever leads', async () => {
    await insert(lampEvents(7, 10));
    await publishAll();
    await unrecord({ ...(await reconcile(log, lease)), position: 0, prev: Array(256).fill(0) });
    await lease.release();
    await takeLease('b');
    await assert.rejects(reconcile(log, lease), Fenced);
    assert.equal(await outboxDepth(log.db), 10);
  });

  it('says so when the log is ahead of an old backup of the database', async () => {
    await insert(lampEvents(7, 50));
    await publishAll();
    const backup = await readRelayRecord(log.db, SPEC.name);
    await insert([['lamp-new', 1]]);
    await publishAll();
    await deleteEvents(`stream_id = 'lamp-new'`);
    await sql`update relay set position = 50, prev = ${backup?.prev}::bigint[]`.execute(log.db);
    await mismatch('LOG_AHEAD', /event 1 of lamp-new \(message 51 of LAMPS\).*orderlog recover/);
  });

  it('says so when a log with messages meets a database that has never seen it', async () => {
    await insert(lampEvents(7, 5));
    await publishAll();
    await sql`delete from relay`.execute(log.db);
    await mismatch('LOG_AHEAD', /messages up to 5.*never seen/);
  });

  it('says so when an event was written again, differently, after an old backup was restored', async () => {
    await insert([['lamp-a', 1]]);
    await publishAll();
    await deleteEvents('true');
    await sql`update relay set position = 0, prev = array_fill(0::bigint, array[256])`.execute(log.db);
    await sql`
      insert into events (stream_id, version, event_id, type, partition, time, payload)
      select 'lamp-a', 1, ${(await readAll(log))[0]?.eventId}, 'test.lamp.v1.LampMade', ${(await readAll(log))[0]?.partition}, now(), 'other'`.execute(
      log.db,
    );
    await mismatch('LOG_DIFFERS', /event 1 of lamp-a .*: payload/);
  });

  it('says so when the stream is gone', async () => {
    await checkLog(log);
    await deleteStream();
    await mismatch('LOG_MISSING', /no stream LAMPS/);
  });

  it('says so when the stream was made anew', async () => {
    await insert(lampEvents(7, 5));
    await publishAll();
    const { config } = await api(`STREAM.INFO.${SPEC.name}`);
    await deleteStream();
    await api(`STREAM.CREATE.${SPEC.name}`, config);
    await mismatch('LOG_RECREATED', /was created at/);
    const { rows } = await sql<{ n: bigint }>`select count(*) as n from relay where position = 5`.execute(
      log.db,
    );
    assert.equal(rows[0]?.n, 1n, 'what was recorded stays');
  });

  it('says so when the stream is in another epoch', async () => {
    await checkLog(log);
    await sql`update relay set stream_epoch = 2`.execute(log.db);
    await mismatch('LOG_RECREATED', /in epoch 1.*knows epoch 2/);
  });

  it('says so when something else wrote to the stream', async () => {
    await checkLog(log);
    await log.connection.request('lamps.0.0.LampMade', 'hello', { timeoutMs: 5_000 });
    await mismatch('LOG_DIFFERS', /message 1 of LAMPS is malformed: ce-type/);
  });

  it('says so when an event stands in the log twice', async () => {
    await insert([['lamp-a', 1]]);
    await publishAll();
    const stored = await api(`STREAM.MSG.GET.${SPEC.name}`, { seq: 1 });
    const { hdrs, data, subject } = (stored as unknown as { message: Record<string, string> }).message;
    const { MsgHdrsImpl } = await import('@nats-io/nats-core/internal');
    const headers = MsgHdrsImpl.decode(Buffer.from(hdrs ?? '', 'base64'));
    headers.delete('Nats-Expected-Last-Sequence');
    const again = await log.connection.request(subject ?? '', Buffer.from(data ?? '', 'base64'), {
      headers,
      timeoutMs: 5_000,
    });
    assert.equal(again.json<{ seq: number }>().seq, 2);
    await mismatch('LOG_DIFFERS', /message 2 of LAMPS follows 0 in partition \d+, and should follow 1/);
  });

  for (const [key, value] of Object.entries({
    max_age: 3_600_000_000_000,
    discard: 'old',
    allow_atomic: false,
    max_bytes: -1,
    deny_purge: false,
    storage: 'memory',
    allow_msg_ttl: true,
    metadata: {},
  })) {
    it(`refuses a stream with ${key} ${JSON.stringify(value)}`, async () => {
      await checkLog(log);
      const { config } = await api(`STREAM.INFO.${SPEC.name}`);
      await deleteStream();
      await sql`delete from relay`.execute(log.db);
      const { error } = await api(`STREAM.CREATE.${SPEC.name}`, { ...config, [key]: value });
      assert.equal(error, undefined);
      await mismatch(
        'LOG_CONFIG',
        new RegExp(`${key === 'metadata' ? 'metadata lacks' : key}.*nats stream edit`),
      );
    });
  }

  it('says so when messages are missing within the log', async () => {
    await insert(lampEvents(7, 5));
    await publishAll();
    const { config } = await api(`STREAM.INFO.${SPEC.name}`);
    await deleteStream();
    await api(`STREAM.CREATE.${SPEC.name}`, { ...config, deny_delete: false, deny_purge: false });
    await sql`delete from relay`.execute(log.db);
    for (let n = 0; n < 3; n++) await log.connection.request('lamps.0.0.X', '', { timeoutMs: 5_000 });
    await api(`STREAM.MSG.DELETE.${SPEC.name}`, { seq: 2 });
    const created = (await api(`STREAM.INFO.${SPEC.name}`)) as unknown as { created: string };
    await sql`insert into relay values (${SPEC.name}, ${created.created}, 1, 0, array_fill(0::bigint, array[256]))`.execute(
      log.db,
    );
    await mismatch('LOG_HOLE', /lacks 1 of its messages/);
  });
});
