import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import { freshDatabase, type TestNats, testNats } from '../../cli/servers/testing.ts';
import { transact } from '../database.ts';
import type { StoredEvent } from '../events.ts';
import {
  audit,
  insertEvents,
  lampEvents,
  logger,
  openLog,
  outboxDepth,
  SPEC,
  type TestLog,
  testLog,
  until,
} from './logFixture.testing.ts';
import { type LogGate, startLogGate } from './logGate.ts';
import { type Relay, startRelay } from './relay.ts';

describe('the relay', function () {
  this.timeout(120_000);
  let nats: TestNats;
  let log: TestLog;
  let gate: LogGate;
  let relay: Relay;

  before(async () => {
    nats = await testNats();
  });
  after(() => nats.stop());
  beforeEach(async () => {
    log = await testLog(await freshDatabase(), nats.url);
    gate = startLogGate(log, logger);
    relay = startRelay({ ...log, holder: 'a', gate, logger });
  });
  afterEach(async () => {
    await relay.stop(2_000);
    await gate.stop();
    await log.connection.request(`$JS.API.STREAM.DELETE.${SPEC.name}`, '', { timeoutMs: 5_000 });
    await log.close();
  });
  const versions = (messages: Awaited<ReturnType<typeof audit>>) =>
    messages.map(({ streamId, version }) => [streamId, version]);
  const insert = (...events: [string, number][]) => transact(log.db, (tx) => insertEvents(tx, events));

  it('publishes a single event, and then several, in order', async () => {
    await insert(['lamp-a', 1]);
    relay.nudge();
    assert.equal((await audit(log)).length, 1);
    await insert(['lamp-a', 2], ['lamp-b', 1], ['lamp-a', 3]);
    relay.nudge();
    const messages = await audit(log);
    assert.deepEqual(versions(messages), [
      ['lamp-a', 1],
      ['lamp-a', 2],
      ['lamp-b', 1],
      ['lamp-a', 3],
    ]);
    await until('it knows', () => relay.status().position === 4);
    assert.deepEqual(relay.status(), {
      leader: true,
      leaseEpoch: 1n,
      position: 4,
      streamEpoch: 1,
      error: undefined,
    });
  });

  it('publishes no more at once than it is told', async () => {
    await relay.stop(2_000);
    let records = 0;
    relay = startRelay({ ...log, holder: 'b', gate, logger, maxBatch: 1, onRecord: () => void records++ });
    await until('it leads', () => relay.status().leader);
    const before = records;
    await insert(['lamp-a', 1], ['lamp-b', 1], ['lamp-a', 2]);
    relay.nudge();
    assert.equal((await audit(log)).length, 3);
    await until('each has a record of its own', () => records - before >= 3);
  });

  it('tells of events before they are in the log', async () => {
    await relay.stop(2_000);
    const told: string[] = [];
    const dies = new Error('the process dies');
    const observe = (events: readonly StoredEvent[]) => {
      told.push(...events.map(({ streamId, version }) => `${streamId} ${version}`));
      if (told.length === 1) throw dies;
      return () => undefined;
    };
    relay = startRelay({ ...log, holder: 'b', gate, logger, observe });
    await insert(['lamp-a', 1]);
    relay.nudge();
    assert.equal((await audit(log)).length, 1);
    assert.deepEqual(told, ['lamp-a 1', 'lamp-a 1']);
  });

  it('publishes 5,000 events', async () => {
    await insert(...lampEvents(40, 5_000));
    relay.nudge();
    assert.equal((await audit(log)).length, 5_000);
  });

  it('skips no lower outbox id that commits later than a higher one', async () => {
    const early = await log.db.startTransaction().execute();
    await insertEvents(early, [['lamp-early', 1]]);
    await insert(['lamp-late', 1], ['lamp-late', 2]);
    await until('the later ones are published', () => relay.status().position === 2);
    await early.commit().execute();
    relay.nudge();
    const messages = await audit(log);
    assert.deepEqual(
      messages.map(({ streamId }) => streamId),
      ['lamp-late', 'lamp-late', 'lamp-early'],
    );
    const { rows } = await sql<{ late: string }>`
      select stream_id || ' ' || position || ' after ' || after as late from late_events`.execute(log.db);
    assert.deepEqual(
      rows.map(({ late }) => late),
      ['lamp-early 1 after 3'],
    );
  });

  it('leads in one replica at a time, which the others nudge', async () => {
    const other = await openLog(log.databaseUrl, nats.url);
    const otherGate = startLogGate(other, logger);
    await until('the first one leads', () => relay.status().leader);
    const otherRelay = startRelay({ ...other, holder: 'b', gate: otherGate, logger });
    await insert(['lamp-a', 1]);
    otherRelay.nudge();
    await audit(log);
    assert.deepEqual([relay.status().leader, otherRelay.status().leader], [true, false]);
    await relay.stop(2_000);
    await insert(['lamp-a', 2]);
    await audit(log);
    assert.equal(otherRelay.status().leader, true);
    assert.equal(otherRelay.status().leaseEpoch, 2n);
    await otherRelay.stop(2_000);
    await otherGate.stop();
    await other.close();
  });

  it('publishes what is committed before it stops', async () => {
    await until('it leads', () => relay.status().leader);
    await insert(...lampEvents(10, 2_500));
    await relay.stop(10_000);
    assert.equal(await outboxDepth(log.db), 0);
    const { rows } = await sql`select from leases where expires_at > clock_timestamp()`.execute(log.db);
    assert.equal(rows.length, 0, 'the lease is given back');
    await audit(log);
  });

  it('says so when an event is too large for the server, and publishes nothing out of order', async () => {
    await insert(['lamp-a', 1]);
    await audit(log);
    await sql`
      with appended as (
        insert into events (stream_id, version, event_id, type, partition, time, payload)
        values ('lamp-a', 2, gen_random_uuid(), 'test.lamp.v1.LampLit', 0, now(), ${Buffer.alloc(1024 * 1024)})
        returning position, stream_id, version)
      insert into outbox select position, stream_id, version from appended`.execute(log.db);
    relay.nudge();
    await until('it complains', () => /raise max_payload/.test(relay.status().error ?? ''));
    assert.equal(gate.isOpen(), true);
    assert.equal(relay.status().position, 1);
  });

  interface StreamInfo {
    readonly config: Record<string, unknown>;
    readonly state: { readonly messages: number };
  }
  const infoOf = async () =>
    (
      await log.connection.request(`$JS.API.STREAM.INFO.${SPEC.name}`, '', { timeoutMs: 5_000 })
    ).json<StreamInfo>();
  /** Changes bounds of the stream, once it is there. */
  async function bounding() {
    await until('the stream is there', () => gate.isOpen());
    const { config } = await infoOf();
    return (bounds: Record<string, number>) =>
      log.connection.request(`$JS.API.STREAM.UPDATE.${SPEC.name}`, JSON.stringify({ ...config, ...bounds }), {
        timeoutMs: 5_000,
      });
  }

  it('finds those of a few that were taken before one was refused, and goes on behind them', async () => {
    const update = await bounding();
    // A term that begins looks at the bounds; this one has begun.
    await insert(['lamp-a', 1]);
    relay.nudge();
    assert.equal((await audit(log)).length, 1);
    await update({ max_msgs: 3 });
    await insert(['lamp-b', 1], ['lamp-a', 2], ['lamp-b', 2], ['lamp-a', 3]);
    relay.nudge();
    await until('the relay gives up', () => /max_msgs is 3/.test(relay.status().error ?? ''));
    assert.equal((await infoOf()).state.messages, 3);
    await update({ max_msgs: -1 });
    const messages = await audit(log);
    assert.deepEqual(versions(messages), [
      ['lamp-a', 1],
      ['lamp-b', 1],
      ['lamp-a', 2],
      ['lamp-b', 2],
      ['lamp-a', 3],
    ]);
  });

  it('waits while the stream is full, and goes on when there is room', async () => {
    const update = await bounding();
    await update({ max_bytes: 100_000 });
    await insert(...lampEvents(10, 1_500));
    relay.nudge();
    await until('it is refused', () => /maximum bytes exceeded/.test(relay.status().error ?? ''));
    assert.equal(gate.isOpen(), true, 'commands are accepted meanwhile');
    await update({ max_bytes: 100_000_000 });
    assert.equal((await audit(log)).length, 1_500);
    await until('the error is gone', () => relay.status().error === undefined);
  });
});
