import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import { freshDatabase, type TestNats, testNats } from '../../cli/servers/testing.ts';
import type { CounterCommand } from '../counterModel.testing.ts';
import { transact } from '../database.ts';
import type { Consumer } from './consumer.ts';
import { lockParked } from './parked.ts';
import { listParked, placeOf } from './parkedList.ts';
import {
  clock,
  counterDatabase,
  eventually,
  type Put,
  putConsumer,
  putHandler,
  type TestLog,
  testLog,
} from './testbed.testing.ts';

describe('reactions to events', () => {
  let nats: TestNats;
  let base: Awaited<ReturnType<typeof counterDatabase>>;
  let log: TestLog;
  let consumers: Consumer[];
  before(async function () {
    this.timeout(120_000);
    nats = await testNats();
  });
  beforeEach(async () => {
    base = await counterDatabase(await freshDatabase());
    log = await testLog(nats.url);
    await log.create();
    consumers = [];
  });
  afterEach(async () => {
    await Promise.all(consumers.map((consumer) => consumer.stop()));
    await log.delete();
    await log.close();
    await base.close();
  });
  after(() => nats.stop());

  const start = (react?: (event: Put) => readonly CounterCommand[]): Consumer => {
    const consumer = putConsumer(base.writer, log, { handle: putHandler(base.writer, react) });
    consumers.push(consumer);
    return consumer;
  };
  const readUpTo = (consumer: Consumer, sequence: bigint) =>
    eventually(async () => assert.equal((await consumer.status())[0]?.sequence, sequence));
  const parked = async () =>
    (await listParked(base.db, { limit: 100 })).events.map(
      ({ message, error, attempts }) => `${message.sequence} ${message.streamId} ${attempts} ${error ?? '-'}`,
    );
  const events = async () => {
    const { rows } = await sql<{ count: bigint }>`select count(*) from events`.execute(base.db);
    return Number(rows[0]?.count);
  };

  it('parks a poison payload with what follows in its aggregate; others flow', async () => {
    await log.put('a', 1);
    await log.publish('a', 'test.v1.Put', Buffer.from('{broken'));
    await log.put('a', 2);
    await log.put('b', 3);
    const consumer = start();
    await readUpTo(consumer, 4n);
    assert.equal(await base.values(), 'a=1 b=3');
    assert.match(
      (await parked()).join('\n'),
      /^2 a 1 test.v1.Put cannot be handled: SyntaxError.*\n3 a 0 -$/,
    );
    // In a later batch as well.
    await log.put('a', 4);
    await log.put('b', 5);
    await readUpTo(consumer, 6n);
    assert.equal(await base.values(), 'a=1 b=8');
    assert.deepEqual((await parked()).slice(1), ['3 a 0 -', '5 a 0 -']);
    assert.equal((await consumer.status())[0]?.parkedAggregates, 1n);
  });

  it('parks an event once, although its checkpoint is set back', async () => {
    await log.publish('a', 'test.v1.Put', Buffer.from('{broken'));
    await log.put('a', 1);
    const consumer = start();
    await readUpTo(consumer, 2n);
    await consumer.stop();
    const before = await parked();
    await sql`update checkpoints set sequence = 0, last_event_id = null`.execute(base.db);
    await log.put('b', 2);
    await readUpTo(start(), 3n);
    assert.deepEqual(await parked(), before);
    assert.equal(await base.values(), 'b=2');
  });

  it('parks what the decider throws on, refuses, or the database does not take, and nothing else', async () => {
    await log.put('thrown', 13);
    await log.put('refused', 0);
    await log.put('constraint', 60);
    await log.put('constraint', 50);
    await log.put('constraint', 1);
    await log.put('thrown', 1);
    await log.put('fine', 1);
    await log.put('fine', 2);
    await readUpTo(start(), 8n);
    assert.equal(await base.values(), 'constraint=60 fine=3');
    assert.equal(await events(), 3);
    assert.match(
      (await parked()).join('\n'),
      new RegExp(
        [
          '^1 thrown 1 failed: Error: a bug at 13',
          '2 refused 1 refused: NOTHING_TO_ADD \\(FAILED_PRECONDITION\\): add more than 0',
          '4 constraint 1 failed: error: .*violates check constraint.*',
          '5 constraint 0 -',
          '6 thrown 0 -$',
        ].join('\n'),
      ),
    );
  });

  it('undoes all commands of an event of which one fails', async () => {
    await log.put('a', 1);
    const add = (key: string, amount: number) => ({ type: 'Add' as const, key, amount });
    const consumer = start(({ data }) => [add('x', data.amount), add('y', 13)]);
    await readUpTo(consumer, 1n);
    assert.equal(await base.values(), '');
    assert.deepEqual(await parked(), ['1 a 1 failed: Error: a bug at 13']);
  });

  it('passes unknown types over, but keeps their place in a queue', async () => {
    await log.publish('a', 'test.v2.Unheard', Buffer.from('?'));
    await log.publish('b', 'test.v1.Put', Buffer.from('{broken'));
    await log.publish('b', 'test.v2.Unheard', Buffer.from('?'));
    await log.put('a', 1);
    await readUpTo(start(), 4n);
    assert.equal(await base.values(), 'a=1');
    assert.deepEqual(
      (await parked()).map((line) => line.slice(0, 5)),
      ['2 b 1', '3 b 0'],
    );
  });

  it('keeps a parked event as it came', async () => {
    const payload = Buffer.from([0, 1, 255]);
    await log.publish('a', 'test.v1.Put', payload);
    await readUpTo(start(), 1n);
    const { events } = await listParked(base.db, { consumer: 'puts', aggregateId: 'a', limit: 1 });
    const [found] = events;
    assert.ok(found);
    const { eventId, ...message } = found.message;
    assert.match(eventId, /^[0-9a-f-]{36}$/);
    assert.deepEqual(message, {
      stream: 'TESTS',
      sequence: 1,
      subject: 'tests.c.a.Put',
      partition: 0xca,
      type: 'test.v1.Put',
      streamId: 'a',
      version: 1,
      time: clock.now(),
      prev: 0,
      epoch: 1,
      cause: undefined,
      traceparent: undefined,
      payload,
    });
  });

  it('parks an error whose text PostgreSQL would refuse', async () => {
    await log.put('a', 1);
    const consumer = start(() => {
      throw new Error(`\0 and \ud800 ${'x'.repeat(5_000)}`);
    });
    await readUpTo(consumer, 1n);
    assert.equal((await parked()).length, 1);
  });

  it('lists in pages', async () => {
    for (const key of ['a', 'b', 'c']) await log.publish(key, 'test.v1.Put', Buffer.from('{'));
    await readUpTo(start(), 3n);
    const first = await listParked(base.db, { limit: 2 });
    const last = first.events.at(-1);
    assert.ok(last);
    const second = await listParked(base.db, { limit: 2, after: placeOf(last) });
    assert.deepEqual(
      [...first.events, ...second.events].map(({ message }) => message.sequence),
      [1, 2, 3],
    );
    assert.deepEqual([first.more, second.more], [true, false]);
  });

  it('waits for a replay in progress, and then handles or queues by what it left', async () => {
    await log.publish('a', 'test.v1.Put', Buffer.from('{'));
    const consumer = start();
    await readUpTo(consumer, 1n);
    await transact(base.db, async (tx) => {
      assert.deepEqual([...(await lockParked(tx, 'puts', 'TESTS', ['a', 'b']))], ['a']);
      await log.put('a', 7);
      await new Promise((resolve) => setTimeout(resolve, 300));
      assert.equal((await consumer.status())[0]?.sequence, 1n);
      await sql`delete from parked_events`.execute(tx);
      await sql`delete from parked_aggregates`.execute(tx);
    });
    await readUpTo(consumer, 2n);
    assert.equal(await base.values(), 'a=7');
    assert.deepEqual(await parked(), []);
  });
});
