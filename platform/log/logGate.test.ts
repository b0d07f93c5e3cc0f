import assert from 'node:assert/strict';
import { cp, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { freshDatabase, type TestNats, testNats } from '../../cli/servers/testing.ts';
import { transact } from '../database.ts';
import {
  audit,
  insertEvents,
  lampEvents,
  outboxDepth,
  SPEC,
  type TestLog,
  testLog,
  until,
} from './logFixture.testing.ts';
import { LogMismatch } from './logMismatch.ts';
import { type Replica, startReplica } from './replica.testing.ts';

describe('the log gate', function () {
  this.timeout(120_000);
  let nats: TestNats;
  let log: TestLog;
  let replica: Replica;
  /** A replica that publishes nothing. */
  let idle: Replica;

  beforeEach(async () => {
    nats = await testNats();
    log = await testLog(await freshDatabase(), nats.url);
    replica = await startReplica('a', log.databaseUrl, nats.url);
    await until('it leads', () => replica.relay.status().leader);
    idle = await startReplica('b', log.databaseUrl, nats.url, 300);
  });
  afterEach(async () => {
    await replica.close();
    await idle.close();
    await log.close();
    await nats.stop();
  });
  const insert = async (events: [string, number][]) => {
    await transact(log.db, (tx) => insertEvents(tx, events));
    replica.relay.nudge();
  };
  const restart = async () => {
    await nats.kill();
    await nats.restart();
  };
  const store = () => join(nats.folder, 'jetstream');
  /** The next two: only while the server is down. */
  const keepStore = async () => cp(store(), `${store()}-kept`, { recursive: true });
  const swapStores = async () => {
    await rename(store(), `${store()}-aside`);
    await rename(`${store()}-kept`, store());
    await rename(`${store()}-aside`, `${store()}-kept`);
  };
  const closesFor = async (reason: string) => {
    await until(`closed for ${reason}`, () =>
      [replica, idle].every(({ gate }) => gate.reason()?.reason === reason),
    );
    for (const { gate } of [replica, idle]) {
      assert.equal(gate.isOpen(), false);
      assert.ok(gate.reason() instanceof LogMismatch);
      assert.match(gate.reason()?.message ?? '', /orderlog recover/);
    }
    assert.match(replica.relay.status().error ?? '', /orderlog recover/);
  };

  it('opens when log and database match, stays open while NATS is away, and looks again after that', async () => {
    await insert(lampEvents(3, 30));
    await audit(log);
    const changes: boolean[] = [];
    replica.gate.onChange((open) => changes.push(open));
    await nats.kill();
    await sleep(300);
    assert.equal(replica.gate.isOpen(), true);
    assert.deepEqual(changes, []);
    await insert(lampEvents(3, 30, 11));
    await nats.restart();
    await until('it has looked again', () => changes.length === 2);
    assert.deepEqual(changes, [false, true]);
    await audit(log);
  });

  it('lets nobody wait for an open gate, and everybody for a closed one', async () => {
    await replica.gate.whenOpen(AbortSignal.timeout(5_000));
    replica.gate.recheck('a test');
    assert.equal(replica.gate.isOpen(), false);
    assert.equal(replica.gate.reason()?.reason, 'LOG_NOT_MATCHED');
    await replica.gate.whenOpen(AbortSignal.abort());
    assert.equal(replica.gate.isOpen(), false);
    await replica.gate.whenOpen(AbortSignal.timeout(5_000));
    assert.equal(replica.gate.isOpen(), true);
  });

  it('closes when the log lost messages, publishes nothing, and opens when they are back', async () => {
    await insert(lampEvents(3, 30));
    await audit(log);
    await nats.kill();
    await keepStore();
    await nats.restart();
    await insert(lampEvents(3, 9, 11));
    await audit(log);
    await nats.kill();
    await swapStores();
    await nats.restart();
    await closesFor('LOG_BEHIND');
    await insert([['lamp-new', 1]]);
    await sleep(700);
    assert.equal(await outboxDepth(log.db), 1);
    await nats.kill();
    await swapStores();
    await nats.restart();
    await audit(log);
    await until('open', () => replica.gate.isOpen() && idle.gate.isOpen());
  });

  it('closes when the log lost messages and grew again', async () => {
    await insert(lampEvents(3, 30));
    await audit(log);
    await nats.kill();
    await keepStore();
    await nats.restart();
    await insert(lampEvents(3, 9, 11));
    await audit(log);
    await replica.relay.stop(1_000);
    await idle.relay.stop(1_000);
    await nats.kill();
    await swapStores();
    await nats.restart();
    await until('it is behind', () => idle.gate.reason()?.reason === 'LOG_BEHIND');
    await log.connection.whenConnected(AbortSignal.timeout(50_000));
    for (let n = 0; n < 9; n++) {
      await log.connection.request('lamps.0.0.LampLit', `${n}`, { timeoutMs: 5_000 });
    }
    await until('it differs', () => idle.gate.reason()?.reason === 'LOG_DIFFERS');
  });

  it('closes when the stream is deleted while nothing is published, in every replica', async () => {
    await insert(lampEvents(3, 30));
    await audit(log);
    await log.connection.request(`$JS.API.STREAM.DELETE.${SPEC.name}`, '', { timeoutMs: 5_000 });
    await until('the idle one closes', () => idle.gate.reason()?.reason === 'LOG_MISSING');
    await insert([['lamp-new', 1]]);
    await closesFor('LOG_MISSING');
  });

  it('closes when the stream was made anew, and nothing is published into it', async () => {
    await insert(lampEvents(3, 30));
    await audit(log);
    const answer = await log.connection.request(`$JS.API.STREAM.INFO.${SPEC.name}`, '', { timeoutMs: 5_000 });
    await log.connection.request(`$JS.API.STREAM.DELETE.${SPEC.name}`, '', { timeoutMs: 5_000 });
    const { config } = answer.json<{ config: unknown }>();
    await log.connection.request(`$JS.API.STREAM.CREATE.${SPEC.name}`, JSON.stringify(config), {
      timeoutMs: 5_000,
    });
    await insert([['lamp-new', 1]]);
    await closesFor('LOG_RECREATED');
    assert.equal(await outboxDepth(log.db), 1);
  });

  it('knows its stream again after a restart', async () => {
    for (let n = 1; n <= 2; n++) {
      await restart();
      await insert([['lamp-a', n]]);
      await audit(log);
    }
    assert.equal(replica.relay.status().streamEpoch, 1);
  });
});
