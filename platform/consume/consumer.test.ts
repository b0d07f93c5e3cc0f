import assert from 'node:assert/strict';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { sql } from 'kysely';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import { pino } from 'pino';
import { freshDatabase, type TestNats, testNats } from '../../cli/servers/testing.ts';
import { runBatch } from '../commandBatch.ts';
import { CommitUnknown } from '../database.ts';
import { OrderlogError } from '../errors.ts';
import type { Batch, Consumer, ConsumerOptions } from './consumer.ts';
import {
  clock,
  counterDatabase,
  eventually,
  putConsumer,
  putHandler,
  type TestLog,
  testLog,
} from './testbed.testing.ts';

describe('consumer', () => {
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
    consumers = [];
  });
  afterEach(async () => {
    await Promise.all(consumers.map((consumer) => consumer.stop()));
    await log.delete().catch(() => undefined);
    await log.close();
    await base.close();
  });
  after(() => nats.stop());

  const start = (more: Partial<ConsumerOptions> = {}): Consumer => {
    const consumer = putConsumer(base.writer, log, { ownershipTtlMs: 900, ...more });
    consumers.push(consumer);
    return consumer;
  };
  const hasValues = (values: string, withinMs?: number) =>
    eventually(async () => assert.equal(await base.values(), values), withinMs);
  const sortedValues = async () => (await base.values()).split(' ').sort();
  const hasProblem = (consumer: Consumer, problem: RegExp, withinMs?: number) =>
    eventually(async () => assert.match((await consumer.status())[0]?.error ?? '', problem), withinMs);
  /** Handles a batch by itself, so that a test can break it anywhere. */
  const apply = (batch: Batch) =>
    runBatch(
      base.writer,
      batch.messages.map((message) => ({
        command: { type: 'Add' as const, ...JSON.parse(Buffer.from(message.payload).toString()) },
        now: clock.now(),
      })),
      { before: batch.move },
    );

  it('applies each event once, in order, with its cause', async () => {
    await log.create();
    for (let n = 1; n <= 10; n++) await log.put('k', n);
    start();
    await hasValues('k=55');
    const { rows } = await sql<{ stream: string; causes: bigint; amounts: string }>`
      select min(cause_stream) as stream, count(distinct cause_id) as causes,
        string_agg(convert_from(payload, 'utf8')::json->>'amount', ' ' order by version) as amounts
      from events`.execute(base.db);
    assert.deepEqual(rows, [{ stream: 'TESTS', causes: 10n, amounts: '1 2 3 4 5 6 7 8 9 10' }]);
  });

  it('takes no more into a batch than it is told, and reads all the same', async () => {
    await log.create();
    for (let n = 1; n <= 10; n++) await log.put('k', n);
    const batches: number[] = [];
    start({
      maxBatch: 1,
      async handle(batch) {
        batches.push(batch.messages.length);
        await apply(batch);
      },
    });
    await hasValues('k=55');
    assert.deepEqual(batches, Array(10).fill(1));
  });

  it('takes fewer at once where they are too many for the database', async () => {
    await log.create();
    for (let n = 1; n <= 20; n++) await log.put('k', 1);
    const batches: number[] = [];
    start({
      maxBatch: 8,
      async handle(batch) {
        batches.push(batch.messages.length);
        if (batch.messages.length > 3) {
          const message = 'canceling statement due to statement timeout';
          throw Object.assign(new Error(message), { code: '57014' });
        }
        await apply(batch);
      },
    });
    await hasValues('k=20');
    assert.ok(batches.some((messages) => messages > 3));
  });

  it('keeps its subscription while it keeps its ranges', async () => {
    await log.create();
    start({ ownershipTtlMs: 150 });
    const subscriptions = async () => {
      const answer = await log.connection.request('$JS.API.CONSUMER.NAMES.TESTS', '', { timeoutMs: 10_000 });
      return answer.json<{ consumers: string[] }>().consumers;
    };
    await log.put('k', 1);
    await hasValues('k=1');
    const first = await subscriptions();
    assert.equal(first.length, 1);
    await sleep(250);
    await log.put('k', 2);
    await hasValues('k=3');
    await sleep(250);
    assert.deepEqual(await subscriptions(), first);
  });

  it('waits for a stream that does not exist yet, and says so', async () => {
    const said: string[] = [];
    const logger = pino({ level: 'info' }, { write: (line: string) => void said.push(line) });
    const consumer = start({ logger });
    await eventually(() => assert.ok(said.length > 1));
    for (const line of said) assert.match(line, /puts .*waiting for stream TESTS: it does not exist yet/);
    assert.deepEqual(await consumer.status(), []);
    await log.create();
    await log.put('k', 1);
    await hasValues('k=1');
  });

  it('goes on from the checkpoint after a stop, and leaves its ranges free', async () => {
    await log.create();
    await log.put('k', 1);
    const first = start();
    await hasValues('k=1');
    await first.stop();
    assert.deepEqual(
      (await first.status()).map(({ ownerId, sequence }) => ({ ownerId, sequence })),
      [{ ownerId: '', sequence: 1n }],
    );
    await log.put('k', 2);
    start({ owner: 'b' });
    await hasValues('k=3');
  });

  it('moves over what has no effect by itself, with the next effect, and when it stops', async () => {
    await log.create();
    const seen: number[] = [];
    const react = putHandler(base.writer, ({ data }) =>
      data.amount === 0 ? [] : [{ type: 'Add', ...data }],
    );
    const consumer = start({
      async handle(batch) {
        await react(batch);
        seen.push(...batch.messages.map(({ sequence }) => sequence));
      },
    });
    const isAt = (sequence: bigint) =>
      eventually(async () => assert.equal((await consumer.status())[0]?.sequence, sequence));
    for (let n = 0; n < 3; n++) await log.put('k', 0);
    await isAt(3n);
    await log.put('k', 0);
    await log.put('k', 1);
    await hasValues('k=1');
    await isAt(5n);
    await log.put('k', 0);
    await eventually(() => assert.deepEqual(seen, [1, 2, 3, 4, 5, 6]));
    await consumer.stop();
    await isAt(6n);
  });

  it('reads nothing while the gate is closed', async () => {
    await log.create();
    await log.put('k', 1);
    const opening = Promise.withResolvers<void>();
    let open = false;
    const why = new OrderlogError('UNAVAILABLE', 'LOG_BEHIND', 'the log is behind');
    const consumer = start({
      gate: { isOpen: () => open, whenOpen: () => opening.promise, reason: () => (open ? undefined : why) },
    });
    await sleep(200);
    assert.equal(await base.values(), '');
    open = true;
    opening.resolve();
    await hasValues('k=1');
    await hasProblem(consumer, /^$/);
  });

  it('handles what has come meanwhile as one batch', async () => {
    await log.create();
    await log.put('k', 1);
    const sizes: number[] = [];
    start({
      async handle(batch) {
        sizes.push(batch.messages.length);
        await apply(batch);
        if (sizes.length > 1) return;
        const received = () => log.connection.nats.stats().inMsgs;
        const before = received();
        for (let n = 0; n < 20; n++) await log.put('k', 1);
        // As many acknowledgements as messages; what has come is in the reader's hands a turn later.
        await eventually(() => assert.ok(received() >= before + 40));
        await turn();
      },
    });
    await hasValues('k=21');
    assert.deepEqual(sizes, [1, 20]);
  });

  for (const [when, breakAt] of [
    ['before the transaction', 'before'],
    ['in the transaction', 'in'],
    ['after COMMIT', 'after'],
  ] as const) {
    it(`has effects once if it breaks ${when}`, async () => {
      await log.create();
      let breaks = 0;
      const breakOnce = (at: string) => {
        if (at === breakAt && breaks++ < 2) throw new CommitUnknown(new Error(`broken ${at}`));
      };
      start({
        async handle(batch) {
          breakOnce('before');
          const broken: Batch = {
            ...batch,
            async move(tx) {
              await batch.move(tx);
              breakOnce('in');
            },
          };
          await apply(broken);
          breakOnce('after');
        },
      });
      for (let n = 1; n <= 10; n++) await log.put(`k${n % 3}`, n);
      await hasValues('k0=18 k1=22 k2=15');
      assert.ok(breaks >= 1);
      await sleep(200);
      assert.equal(await base.values(), 'k0=18 k1=22 k2=15');
    });
  }

  it('has effects once if PostgreSQL ends its connections again and again', async () => {
    await log.create();
    start();
    for (let n = 1; n <= 40; n++) {
      await log.put(`k${n % 4}`, 1);
      if (n % 8 === 0) {
        await sql`select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid()`
          .execute(base.db)
          .catch(() => undefined);
      }
    }
    await eventually(async () => assert.equal(await base.values(), 'k0=10 k1=10 k2=10 k3=10'));
  });

  it('has effects once with two who believe to be the same owner', async () => {
    await log.create();
    start();
    start();
    for (let n = 1; n <= 60; n++) {
      await log.put(`k${n % 2}`, 1);
      await sleep(20);
    }
    await hasValues('k0=30 k1=30', 20_000);
    await sleep(300);
    assert.equal(await base.values(), 'k0=30 k1=30');
  });

  it('shares the partitions among three, and takes over from one that dies', async () => {
    await log.create();
    const ownershipTtlMs = 3_000;
    const handled = new Map<string, number>();
    const dead = Promise.withResolvers<never>();
    let killed = false;
    const counting = (owner: string) => async (batch: Batch) => {
      if (owner === 'c' && killed) return dead.promise;
      await apply(batch);
      handled.set(owner, (handled.get(owner) ?? 0) + batch.messages.length);
    };
    for (const owner of ['a', 'b']) start({ owner, ownershipTtlMs, handle: counting(owner) });
    const third = putConsumer(base.writer, log, { owner: 'c', ownershipTtlMs, handle: counting('c') });
    await eventually(async () => {
      const owners = (await third.status()).map(({ ownerId }) => ownerId);
      assert.deepEqual(owners, ['a', 'b', 'c']);
    });
    for (let n = 0; n < 60; n++) await log.put(`k${n}`, 1);
    const values = (each: number) => Array.from({ length: 60 }, (_, n) => `k${n}=${each}`).sort();
    await eventually(async () => assert.deepEqual(await sortedValues(), values(1)));
    await eventually(() => assert.deepEqual([...handled.keys()].sort(), ['a', 'b', 'c']));

    // Its loop hangs in a batch for ever: no heartbeat comes any more.
    killed = true;
    for (let n = 0; n < 60; n++) await log.put(`k${n}`, 1);
    await eventually(async () => assert.deepEqual(await sortedValues(), values(2)));
    await eventually(async () => {
      const owners = (await third.status()).map(({ ownerId }) => ownerId);
      assert.equal(owners.includes('c'), false);
    });
    dead.reject(new Error('dead'));
    await third.stop();
  });

  it('stops at a hole and says so', async () => {
    await log.create();
    for (let n = 1; n <= 3; n++) await log.put('k', n);
    await log.deleteMessage(2);
    const consumer = start();
    await hasProblem(consumer, /message 2 of TESTS is missing.*orderlog recover/);
    assert.equal(await base.values(), '');
  });

  it('refuses a stream that was truncated, also when it has grown again', async () => {
    await log.create();
    for (let n = 1; n <= 4; n++) await log.put('k', n);
    const consumer = start();
    await hasValues('k=10');
    await log.delete();
    log.forget();
    await log.create();
    for (let n = 1; n <= 3; n++) await log.put('k', 1);
    await hasProblem(consumer, /TESTS ends at 3, and was read up to 4; .*orderlog recover/);
    for (let n = 1; n <= 3; n++) await log.put('k', 1);
    await consumer.stop();
    await hasProblem(start({ owner: 'b' }), /TESTS holds \S+ at 4, where \S+ was read; .*orderlog recover/);
    assert.equal(await base.values(), 'k=10');
  });

  it('refuses a stream in another epoch, and one that is gone', async () => {
    await log.create();
    await log.put('k', 1);
    const first = start();
    await hasValues('k=1');
    await first.stop();
    await log.delete();
    await hasProblem(start({ owner: 'b' }), /TESTS is gone, and was read up to 1.*orderlog recover/);
    log.forget();
    await log.create(2);
    await log.put('k', 1);
    await hasProblem(
      start({ owner: 'c' }),
      /TESTS of epoch 2 does not hold event \S+, which was read last.*orderlog recover/,
    );
    assert.equal(await base.values(), 'k=1');
  });

  it('stops at a message that is none of Orderlog, and says so', async () => {
    await log.create();
    await log.put('k', 1);
    log.connection.nats.publish('tests.0.0.Foreign', 'hello');
    const consumer = start();
    await hasProblem(consumer, /message 2 of TESTS is malformed/);
  });

  it('resumes after the NATS server was killed and started again', async () => {
    await log.create();
    const consumer = start();
    await log.put('k', 1);
    await hasValues('k=1');
    await nats.kill();
    await sleep(500);
    await nats.restart();
    await eventually(() => log.put('k', 2), 15_000);
    await hasValues('k=3', 15_000);
    await eventually(async () => assert.equal((await consumer.status())[0]?.error, ''));
  }).timeout(40_000);

  it('notices a NATS server that hangs without an error, and resumes', async () => {
    await log.create();
    const consumer = start();
    await log.put('k', 1);
    await hasValues('k=1');
    nats.pause();
    await hasProblem(consumer, /interrupted: heartbeats_missed|timeout|connection to NATS is down/, 20_000);
    nats.resume();
    await eventually(() => log.put('k', 2), 15_000);
    await hasValues('k=3', 15_000);
  }).timeout(60_000);

  it('gets every message of many, once, through small fetches', async () => {
    await log.create();
    for (let n = 0; n < 1_500; n++) await log.put(`k${n % 100}`, 1);
    start();
    const all = Array.from({ length: 100 }, (_, n) => `k${n}=15`).sort();
    await eventually(async () => assert.deepEqual(await sortedValues(), all));
  });
});
