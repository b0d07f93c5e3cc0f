import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import { pino } from 'pino';
import { freshDatabase, type TestNats, testNats } from '../../cli/servers/testing.ts';
import { proxyTo, type TcpProxy } from '../tcpProxy.testing.ts';
import type { Consumer, ConsumerOptions } from './consumer.ts';
import { counterDatabase, eventually, putConsumer, type TestLog, testLog } from './testbed.testing.ts';

const KEYS = Array.from({ length: 40 }, (_, n) => `k${n}`);

describe('a replica that cannot read the log', function () {
  this.timeout(90_000);
  let nats: TestNats;
  let base: Awaited<ReturnType<typeof counterDatabase>>;
  let log: TestLog;
  /** On the way of `cut` alone. */
  let proxy: TcpProxy;
  let cut: TestLog;
  let consumers: Consumer[];
  before(async function () {
    this.timeout(120_000);
    nats = await testNats();
  });
  beforeEach(async () => {
    base = await counterDatabase(await freshDatabase());
    log = await testLog(nats.url);
    proxy = await proxyTo(Number(new URL(nats.url).port));
    cut = await testLog(`nats://127.0.0.1:${proxy.port}`);
    consumers = [];
    await log.create();
  });
  afterEach(async () => {
    await Promise.all(consumers.map((consumer) => consumer.stop()));
    await cut.close();
    await proxy.close();
    await log.delete().catch(() => undefined);
    await log.close();
    await base.close();
  });
  after(() => nats.stop());

  const start = (owner: string, of: TestLog, more: Partial<ConsumerOptions> = {}): Consumer => {
    const consumer = putConsumer(base.writer, of, { owner, ...more });
    consumers.push(consumer);
    return consumer;
  };
  const owners = async () => {
    const { rows } = await sql<{ owner: string }>`
      select distinct owner from checkpoints
      where owner_until > clock_timestamp() order by owner`.execute(base.db);
    return rows.map(({ owner }) => owner).join(' ');
  };
  const isOwnedBy = (who: string, withinMs?: number) =>
    eventually(async () => assert.equal(await owners(), who), withinMs);
  const members = async () => {
    const { rows } = await sql<{ member: string }>`
      select member from members order by member`.execute(base.db);
    return rows.map(({ member }) => member).join(' ');
  };
  const putToAll = async () => {
    for (const key of KEYS) await log.put(key, 1);
  };
  const haveAll = (amount: number, withinMs?: number) =>
    eventually(async () => {
      const values = KEYS.map((key) => `${key}=${amount}`).sort();
      assert.deepEqual((await base.values()).split(' ').sort(), values);
    }, withinMs);

  it('leaves its share to those that can, and has it again when it reads again', async () => {
    start('a', cut);
    start('b', log);
    await isOwnedBy('a b');
    await putToAll();
    await haveAll(1);
    proxy.cut();
    await putToAll();
    // The 6 s of its claim, and until the other one looks.
    await isOwnedBy('b', 12_000);
    await haveAll(2, 5_000);
    const endMs = performance.now() + 3_000;
    while (performance.now() < endMs) {
      assert.equal(await owners(), 'b');
      await sleep(50);
    }
    assert.equal(await members(), 'b');
    proxy.mend();
    await isOwnedBy('a b');
    await putToAll();
    await haveAll(3);
  });

  it('claims nothing before the log has answered', async () => {
    const first = start('b', log);
    await isOwnedBy('b');
    proxy.onReply = () => 'hold';
    start('a', cut);
    await sleep(1_000);
    assert.equal(await members(), 'b');
    await first.stop();
    await sleep(1_000);
    assert.equal(await owners(), '');
    proxy.onReply = () => 'pass';
    proxy.release();
    await isOwnedBy('a');
    await putToAll();
    await haveAll(1);
  });

  it('waits in silence while nobody can, and has its share again', async () => {
    const said: string[] = [];
    const logger = pino({ level: 'info' }, { write: (line: string) => said.push(line) });
    const ownershipTtlMs = 900;
    for (const owner of ['a', 'b']) start(owner, log, { ownershipTtlMs, logger });
    await isOwnedBy('a b');
    await nats.kill();
    await isOwnedBy('');
    await sleep(1_000);
    // Each, that it was interrupted; and maybe that there is no connection.
    assert.ok(said.length <= 4, said.join(''));
    await nats.restart();
    await isOwnedBy('a b');
    await log.put('k', 1);
    await eventually(async () => assert.equal(await base.values(), 'k=1'));
  });

  it('keeps its share while its reader is being opened, however long that takes', async () => {
    proxy.delayMs = 400;
    start('a', cut, { ownershipTtlMs: 1_500 });
    await isOwnedBy('a');
    // Four questions, of 0.8 s each.
    const endMs = performance.now() + 3_000;
    while (performance.now() < endMs) {
      assert.equal(await owners(), 'a');
      await sleep(50);
    }
    proxy.delayMs = 0;
    await putToAll();
    await haveAll(1);
  });
});
