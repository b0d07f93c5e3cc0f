import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { freshDatabase, type TestNats, testNats } from '../../cli/servers/testing.ts';
import { type Consumer, startConsumer } from '../consume/consumer.ts';
import type { CounterCommand } from '../counterModel.testing.ts';
import { transact } from '../database.ts';
import { type LogMessage, toMessage } from '../log/headers.ts';
import { tryLease } from '../log/lease.ts';
import { audit, logger, readAll, until } from '../log/logFixture.testing.ts';
import { republish } from './republish.ts';
import { COUNTERS, type CounterService, counterService, makeCounterDatabase } from './testbed.testing.ts';

const many = (count: number, name: string): CounterCommand[] =>
  Array.from({ length: count }, (_, n) => ({ type: 'Add', key: `${name}-${n % 40}`, amount: 2 }));
const nothing = () => undefined;
const PLACE = { subjectPrefix: COUNTERS.subjectPrefix, source: '/orderlog/test' };

describe('republishing a log that was lost', function () {
  this.timeout(120_000);
  let nats: TestNats;
  let service: CounterService;
  let consumer: Consumer | undefined;
  /** What the consumer has read, in all its lives. */
  let read: LogMessage[];

  beforeEach(async () => {
    nats = await testNats();
    const database = await freshDatabase();
    await makeCounterDatabase(database);
    service = await counterService(database.url, nats.url);
    await service.gate.whenOpen(AbortSignal.timeout(50_000));
    read = [];
    startReading();
  });
  afterEach(async () => {
    await consumer?.stop();
    await service.close();
    await nats.stop();
  });

  /** Its checkpoint lies in the same database, for simplicity; it knows nothing of the relay. */
  function startReading(): void {
    consumer = startConsumer({
      name: 'reader',
      stream: COUNTERS.name,
      subjectPrefix: COUNTERS.subjectPrefix,
      owner: 'a',
      db: service.log.db,
      connection: service.log.connection,
      gate: service.gate,
      logger,
      async handle({ messages, move }) {
        await transact(service.log.db, move);
        read.push(...messages);
      },
    });
  }
  const api = async (call: string, body: unknown = {}) => {
    const answer = await service.log.connection.request(`$JS.API.${call}`, JSON.stringify(body), {
      timeoutMs: 5_000,
    });
    return answer.json<{ error?: unknown; config: Record<string, unknown>; state: { last_seq: number } }>();
  };
  const lose = () => api(`STREAM.DELETE.${COUNTERS.name}`);
  const closedFor = (reason: string) =>
    until(`closed for ${reason}`, () => service.gate.reason()?.reason === reason);
  const recover = async (onProgress: (done: number, total: number) => void = nothing) => {
    let lease = await tryLease({ ...service.log, name: 'relay', holder: 'recovery', ttlMs: 60_000, logger });
    await until('the relay has let go', async () => {
      lease ??= await tryLease({ ...service.log, name: 'relay', holder: 'recovery', ttlMs: 60_000, logger });
      return lease !== undefined;
    });
    assert.ok(lease);
    try {
      return await republish(service.log, lease, onProgress);
    } finally {
      await lease.release();
    }
  };
  const hasRead = (count: number) => until(`${count} are read`, () => read.length >= count);
  /** All of the log but where it stands. */
  const logged = async () =>
    (await readAll(service.log)).map(({ sequence: _, prev: __, epoch: ___, payload, ...message }) => ({
      ...message,
      payload: Buffer.from(payload).toString(),
    }));
  /** Everything that is asked for from now on comes to its end. */
  const goesOn = async (readBefore: number) => {
    await service.gate.whenOpen(AbortSignal.timeout(50_000));
    await service.run(many(40, 'later'));
    await service.published();
    await hasRead(readBefore + 40);
    const ids = read.map(({ eventId }) => eventId);
    assert.equal(new Set(ids).size, (await audit(service.log)).length, 'none was left out');
    return ids.length - new Set(ids).size;
  };

  it('brings a deleted stream back as the next epoch, from where a crash left it, and readers go on', async () => {
    await service.run(many(1_900, 'old'), 0);
    await service.published();
    await hasRead(1_900);
    const before = await logged();
    await lose();
    await closedFor('LOG_MISSING');
    assert.match(service.gate.reason()?.message ?? '', /orderlog recover --republish/);
    await assert.rejects(
      recover((done) => {
        if (done >= 1_000) throw new Error('the process dies');
      }),
      /the process dies/,
    );
    await closedFor('LOG_RECREATED');
    const progress: number[] = [];
    const plan = await recover((done) => progress.push(done));
    assert.deepEqual(plan, { epoch: 2, firstSequence: 1_901, lastId: 1_900n, events: 1_900 });
    assert.deepEqual(progress.at(-1), 1_900);
    assert.deepEqual(await logged(), before);
    assert.equal(await goesOn(1_900), 0);
  });

  it('keeps the order of the log where an event was late, and readers miss none', async () => {
    await service.run(many(10, 'old'));
    const [begun, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const late = service.run([{ type: 'Add', key: 'late', amount: 1 }], undefined, {
      async after() {
        begun.resolve();
        await goOn.promise;
      },
    });
    await begun.promise;
    await service.run(many(10, 'in-time'));
    await hasRead(20);
    await consumer?.stop();
    goOn.resolve();
    await late;
    await service.run(many(10, 'old'));
    await service.published();
    const before = await logged();
    await lose();
    await closedFor('LOG_MISSING');
    await recover();
    assert.deepEqual(await logged(), before);
    startReading();
    assert.equal(await goesOn(31), 0);
  });

  it('lets readers go back to what is certain, if they had read what was not recorded', async () => {
    await service.run(many(10, 'old'));
    await service.published();
    const { db } = service.log;
    const recorded = await sql<{ position: bigint; prev: string[]; last_id: bigint }>`
      select position, prev::text[], last_id from relay`.execute(db);
    await service.run(many(5, 'beyond'));
    await service.published();
    await hasRead(15);
    await consumer?.stop();
    await lose();
    await closedFor('LOG_MISSING');
    // As if the relay had died between the acknowledgement and its record.
    const [{ position, prev, last_id } = assert.fail()] = recorded.rows;
    await sql`update relay set position = ${position}, prev = ${prev}::bigint[], last_id = ${last_id}`.execute(
      db,
    );
    await sql`insert into outbox select position, stream_id, version from events where position > ${last_id}`.execute(
      db,
    );
    assert.equal((await recover()).events, 10);
    await service.published();
    startReading();
    assert.equal(await goesOn(20), 5, 'the five are read again');
  });

  it('brings several ranges with different places back, each to its own', async () => {
    await service.run(many(100, 'old'));
    await hasRead(100);
    await consumer?.stop();
    const { db } = service.log;
    const messages = await readAll(service.log);
    const at = (sequence: number) => messages[sequence - 1]?.eventId;
    await sql`update checkpoints set last_partition = 99, sequence = 40, last_event_id = ${at(40)}`.execute(
      db,
    );
    await sql`insert into checkpoints (consumer, first_partition, last_partition, stream, sequence, last_event_id, stream_epoch)
      values ('reader', 100, 199, ${COUNTERS.name}, 70, ${at(70)}, 1), ('reader', 200, 255, ${COUNTERS.name}, 0, null, 1)`.execute(
      db,
    );
    const due = messages.filter(
      ({ partition, sequence }) => sequence > (partition < 100 ? 40 : partition < 200 ? 70 : 0),
    );
    read = [];
    await lose();
    await closedFor('LOG_MISSING');
    await recover();
    startReading();
    await hasRead(due.length);
    await consumer?.stop();
    assert.deepEqual(
      read.map(({ eventId }) => eventId),
      due.map(({ eventId }) => eventId),
    );
  });

  it('gives up what is left of a stream only if the database has all of it', async () => {
    await service.run(many(10, 'old'));
    await service.published();
    await hasRead(10);
    const { config } = await api(`STREAM.INFO.${COUNTERS.name}`);
    await lose();
    await api(`STREAM.CREATE.${COUNTERS.name}`, config);
    await closedFor('LOG_RECREATED');
    await service.log.connection.request('counters.0.0.Added', 'hello', { timeoutMs: 5_000 });
    await assert.rejects(
      recover(),
      /message 1 of COUNTERS is malformed.*something else wrote.*delete the stream yourself/,
    );
    const message = toMessage(
      { ...(read[0] ?? assert.fail()), version: 999 },
      { ...PLACE, prev: 0, epoch: 1 },
    );
    await lose();
    await api(`STREAM.CREATE.${COUNTERS.name}`, config);
    await service.log.connection.request(message.subject, message.payload, {
      headers: message.headers,
      timeoutMs: 5_000,
    });
    await assert.rejects(recover(), /event 999 of \S+ is not in the database.*orderlog recover test --yes/);
    assert.equal((await api(`STREAM.INFO.${COUNTERS.name}`)).state.last_seq, 1);
    await lose();
    assert.equal((await recover()).epoch, 2);
    assert.equal(await goesOn(10), 0);
  });

  it('replaces a stream that lost messages in its middle or at its end', async () => {
    await service.run(many(30, 'old'));
    await service.published();
    await hasRead(30);
    const { config } = await api(`STREAM.INFO.${COUNTERS.name}`);
    const messages = await readAll(service.log);
    await lose();
    await api(`STREAM.CREATE.${COUNTERS.name}`, { ...config, deny_delete: false });
    for (const message of messages.slice(0, 25)) {
      const { subject, headers, payload } = toMessage(message, { ...message, ...PLACE });
      await service.log.connection.request(subject, payload, { headers, timeoutMs: 5_000 });
    }
    for (const seq of [3, 4, 25]) await api(`STREAM.MSG.DELETE.${COUNTERS.name}`, { seq });
    await closedFor('LOG_RECREATED');
    assert.equal((await recover()).firstSequence, 31);
    assert.equal(await goesOn(30), 0);
  });
});
