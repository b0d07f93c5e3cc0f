import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import { freshDatabase, type TestNats, testNats } from '../../cli/servers/testing.ts';
import { CommitUnknown, isInfrastructureError, openDatabase } from '../database.ts';
import { proxyTo } from '../tcpProxy.testing.ts';
import { type ParkedBed, startParkedBed } from './parkedBed.testing.ts';
import type { Replay } from './replay.ts';
import { type CounterWriter, eventually } from './testbed.testing.ts';

const all = { maxEvents: 1_000 };
const signal = new AbortController().signal;

describe('replay of parked events', () => {
  let nats: TestNats;
  let bed: ParkedBed;
  before(async function () {
    this.timeout(120_000);
    nats = await testNats();
  });
  beforeEach(async () => {
    bed = await startParkedBed(nats.url, await freshDatabase());
  });
  afterEach(() => bed.stop());
  after(() => nats.stop());

  it('loses and doubles nothing after a fix, and keeps the order', async () => {
    await bed.log.put('a', 1);
    await bed.poison('a', 2);
    await bed.log.put('a', 3);
    await bed.poison('a', 4);
    await bed.poison('b', 5);
    await bed.log.put('c', 6);
    await bed.settled();
    assert.equal(await bed.values(), 'a=1 c=6');
    bed.fixed = true;
    assert.equal(await bed.replayNow(), '4 replayed, 0 failed');
    assert.deepEqual(await bed.parked(), []);
    assert.equal(await bed.amounts('a'), '1 2 3 4');
    await bed.log.put('a', 7);
    await bed.settled();
    assert.equal(await bed.amounts('a'), '1 2 3 4 7');
    assert.equal(await bed.values(), 'a=17 b=5 c=6');
    assert.equal(await bed.replayNow(), '0 replayed, 0 failed');
    const { rows } = await sql`select 1 from parked_aggregates`.execute(bed.db);
    assert.equal(rows.length, 0);
  });

  it('stops an aggregate at the first event that fails again, and goes on with the others', async () => {
    await bed.poison('a', 1);
    await bed.log.put('a', 13); // The decider's own bug, found only when the batch is folded.
    await bed.log.put('a', 2);
    await bed.poison('b', 3);
    await bed.settled();
    assert.equal(
      await bed.replayNow(),
      '0 replayed, 2 failed: test.v1.Put cannot be handled: Error: the bug',
    );
    assert.deepEqual(await bed.parked(), ['1 a tried 2', '2 a tried 0', '3 a tried 0', '4 b tried 2']);
    bed.fixed = true;
    assert.equal(await bed.replayNow(), '2 replayed, 1 failed: failed: Error: a bug at 13');
    assert.deepEqual(await bed.parked(), ['2 a tried 1', '3 a tried 0']);
    assert.equal(await bed.values(), 'a=1 b=3');
    await bed.log.put('a', 4);
    await bed.settled();
    assert.deepEqual(await bed.parked(), ['2 a tried 1', '3 a tried 0', '5 a tried 0']);
  });

  it('replays one as a canary, one kind, and no more than asked for', async () => {
    const other = 'test.v1.Other';
    await bed.poison('a', 1, other);
    await bed.log.put('a', 2);
    await bed.poison('b', 3);
    await bed.poison('c', 4, other);
    await bed.log.put('c', 5);
    await bed.settled();
    bed.fixed = true;
    assert.equal(await bed.replayNow({ aggregateId: 'a', maxEvents: 1 }), '1 replayed, 0 failed');
    assert.equal(await bed.values(), 'a=1');
    assert.equal(await bed.replayNow({ aggregateId: 'nobody' }), '0 replayed, 0 failed');
    // Its kind ends in the middle of a queue: the next call goes on there, whatever is the head now.
    const first = await bed.replay({ type: other, maxEvents: 1 }, signal);
    assert.deepEqual(first.next, { aggregateId: 'c', begun: true });
    const second = await bed.replay({ type: other, place: first.next, ...all }, signal);
    assert.deepEqual([second.replayed, second.next], [1, undefined]);
    assert.equal(await bed.values(), 'a=1 c=9');
    assert.deepEqual(await bed.parked(), ['2 a tried 0', '3 b tried 1']);
  });

  it('comes past any number of failures, call by call', async () => {
    const keys = Array.from({ length: 230 }, (_, n) => `k${String(n).padStart(3, '0')}`);
    for (const key of keys) await bed.poison(key, 1);
    await bed.log.publish('last', 'test.v1.Put', Buffer.from('!{}'));
    await bed.settled();
    let failed = 0;
    let calls = 0;
    for (let place: Awaited<ReturnType<Replay>>['next'] | undefined; ; calls++) {
      const done = await bed.replay({ maxEvents: 50, place }, signal);
      failed += done.failed;
      place = done.next;
      if (!place) break;
    }
    assert.equal(failed, 231);
    assert.ok(calls < 30, `${calls} calls`);
  });

  it('replays a long queue chunk by chunk', async () => {
    await sql`alter table counters drop constraint counters_value_check`.execute(bed.db);
    await bed.poison('a', 14);
    for (let n = 15; n < 264; n++) await bed.log.put('a', n);
    await bed.settled();
    bed.fixed = true;
    assert.equal(await bed.replayNow(), '250 replayed, 0 failed');
    assert.equal(await bed.amounts('a'), Array.from({ length: 250 }, (_, n) => n + 14).join(' '));
  });

  it('leaves no event behind and out of order while the consumer reads on', async () => {
    await sql`alter table counters drop constraint counters_value_check`.execute(bed.db);
    const keys = ['a', 'b', 'c', 'd'];
    const rounds = 300;
    // A counter takes 13 and 99 for more than amounts.
    const amountOf = (round: number) => 14 + (round % 80);
    let replayed = 0;
    const writing = (async () => {
      for (let n = 0; n < rounds; n++) {
        bed.fixed = n % 10 > 6;
        for (const key of keys) {
          await (n % 5 === 0 ? bed.poison(key, amountOf(n)) : bed.log.put(key, amountOf(n)));
        }
        // What the bug chokes on is parked before the fix, and some of it replayed before the next bug.
        if (n % 10 === 6) await bed.settled();
        if (n % 10 === 9) {
          await eventually(() => assert.ok(replayed > (n + 1) / 10, `${replayed} replayed while it read`));
        }
      }
    })();
    let writes = true;
    const replays = Array.from({ length: 3 }, async () => {
      while (writes) {
        const done = await bed.replay(all, signal);
        replayed += done.replayed;
      }
    });
    await writing;
    await bed.settled();
    writes = false;
    await Promise.all(replays);
    await bed.replayNow();
    assert.deepEqual(await bed.parked(), []);
    const expected = Array.from({ length: rounds }, (_, n) => amountOf(n)).join(' ');
    for (const key of keys) assert.equal(await bed.amounts(key), expected);
  }).timeout(60_000);

  describe('when its connection is lost', () => {
    beforeEach(async () => {
      await bed.poison('a', 1);
      await bed.log.put('a', 2);
      await bed.settled();
      bed.fixed = true;
    });
    const doneOnce = async (left: string) => {
      assert.equal(await bed.replayNow(), left);
      assert.equal(await bed.amounts('a'), '1 2');
      assert.deepEqual(await bed.parked(), []);
    };

    it('between handling and COMMIT, it has done nothing', async () => {
      const { model } = bed.writer;
      const [table] = model.tables;
      assert.ok(table);
      const broken: typeof table = {
        ...table,
        async insert(tx, rows) {
          await table.insert(tx, rows);
          await sql`select pg_terminate_backend(pg_backend_pid())`.execute(tx);
        },
      };
      const writer: CounterWriter = { ...bed.writer, model: { ...model, tables: [broken] } };
      await assert.rejects(bed.replayWith(writer)(all, signal), isInfrastructureError);
      assert.equal(await bed.amounts('a'), '');
      assert.deepEqual(await bed.parked(), ['1 a tried 1', '2 a tried 0']);
      await doneOnce('2 replayed, 0 failed');
    });

    it('with the answer to COMMIT, the next one finds it done', async () => {
      const url = new URL(bed.databaseUrl);
      const proxy = await proxyTo(Number(url.port));
      proxy.onReply = (bytes) => (bytes.includes('COMMIT\0') ? 'cut' : 'pass');
      url.host = `127.0.0.1:${proxy.port}`;
      const db = openDatabase({ url: url.href, applicationName: 'test', maxConnections: 1 });
      await assert.rejects(bed.replayWith({ ...bed.writer, db })(all, signal), CommitUnknown);
      await doneOnce('0 replayed, 0 failed');
      await db.destroy();
      await proxy.close();
    });
  });
});
