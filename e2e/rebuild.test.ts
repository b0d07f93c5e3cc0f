/** `orderlog rebuild orders` on a system that is in use: read, written, and rebuilt at once. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, it } from 'mocha';
import { type Elasticsearch, openElasticsearch } from '../platform/elasticsearch/client.ts';
import { readCheckpoint } from '../platform/elasticsearch/readModel.ts';
import { aliasesOf } from '../projector/engine/writtenIndex.ts';
import { ReadSource, SearchOrdersRequest } from '../proto/gen/orderlog/query/v1/query_service.ts';
import { ended, orderOf, placeUntilAccepted } from './support/orders.ts';
import { type System, system as sharedSystem } from './support/system.ts';

const WRITERS = 2;
const READERS = 2;
/** Who reads without a pause leaves nothing to the others on a small machine. */
const PAUSE_MS = 5;
const TIMEOUT_MS = 10_000;

describe('orderlog rebuild orders', function () {
  this.timeout(180_000);
  let system: System;
  let use: Use | undefined;
  let es: Elasticsearch;
  before(async () => {
    system = await sharedSystem();
    es = openElasticsearch({ url: system.urls.elasticsearch, requestTimeoutMs: TIMEOUT_MS });
    use = startUse(system);
  });
  after(async () => {
    await use?.stop();
    await es?.close();
  });

  const start = (...args: readonly string[]) => {
    const env = {
      ...process.env,
      ORDERLOG_NATS_URL: system.urls.nats,
      ORDERLOG_ELASTICSEARCH_URL: system.urls.elasticsearch,
      ORDERLOG_ORDER_ADDRESS: system.addresses.order,
    };
    const { promise, resolve } = Promise.withResolvers<{ code: number | null; out: string; err: string }>();
    const child = execFile(
      process.execPath,
      ['cli/bin.js', 'rebuild', 'orders', '--json', ...args],
      { env },
      (_, out, err) => resolve({ code: child.exitCode, out, err }),
    );
    return { child, ended: promise };
  };
  const orderlog = async (...args: readonly string[]) => {
    const { code, out, err } = await start(...args).ended;
    assert.equal(code, 0, err + out);
    return JSON.parse(out);
  };

  /** Up to where the log is in what is read. */
  const sequenceRead = async () => {
    const asked = SearchOrdersRequest.fromPartial({ customerId: 'ada', pageSize: 1 });
    const { readState } = await system.query.searchOrders(asked);
    return Number(readState?.logSequence ?? 0n);
  };
  /** Up to where it is in the generation that is being filled. */
  const sequenceFilled = async () => {
    const found = await readCheckpoint(es, aliasesOf('orders').next, { timeoutMs: TIMEOUT_MS });
    return found?.checkpoint.sequence ?? 0;
  };

  it('tells why Elasticsearch cannot be reached', async () => {
    const { code, err } = await start('--elasticsearch', 'http://127.0.0.1:1').ended;
    assert.equal(code, 1);
    assert.match(err, /Elasticsearch does not answer \(.*ECONNREFUSED.*\): run it again/);
  });

  it('goes on after it was killed, and neither then nor when it switches does a read fail or go back', async () => {
    await system.until(async () => assert((use?.orders ?? 0) > 20), 60_000);
    // A second for each quarter of the log.
    const killed = start('--max-rate', String(Math.ceil((await sequenceRead()) / 4)));
    let filled = 0;
    await system.until(async () => {
      filled = await sequenceFilled();
      assert(filled > 0);
    }, 60_000);
    killed.child.kill('SIGKILL');
    const { code, out } = await killed.ended;
    assert.deepEqual([code, out], [null, ''], 'it was over before it was killed');

    const again = await start().ended;
    assert.equal(again.code, 0, again.err + again.out);
    const done = JSON.parse(again.out);
    assert.equal(done.action, 'switched');
    assert.equal(done.comparison.hashBefore, done.comparison.hashAfter);
    const [, goesOnWith] = /it goes on with (\S+)/.exec(again.err) ?? [];
    assert.equal(goesOnWith, done.to);
    const read = await sequenceRead();
    assert.ok(done.events + filled <= read, `${done.events} events, after ${filled}, of ${read}`);
    const switchedAt = use?.reads ?? 0;
    await system.until(async () => assert((use?.reads ?? 0) > switchedAt + 100));

    const back = await orderlog('--rollback');
    assert.deepEqual([back.action, back.to], ['rolledBack', done.from]);
    const backAt = use?.reads ?? 0;
    await system.until(async () => assert((use?.reads ?? 0) > backAt + 100));
    assert.deepEqual(await use?.stop(), []);
    await orderlog('--drop-old');
  });
});

interface Use {
  readonly orders: number;
  readonly reads: number;
  /** Returns what readers saw that nobody may see. */
  stop(): Promise<readonly string[]>;
}

/** Orders are placed, and read again and again, each reader remembering what he saw. */
function startUse({ orders, query, until }: System): Use {
  const placed: string[] = [];
  const wrong: string[] = [];
  let reads = 0;
  let isOver = false;
  async function write() {
    while (!isOver) {
      const { orderId } = await placeUntilAccepted(orders, orderOf());
      const { version } = await ended(orders, orderId);
      // Until the read model has its end, a read may tell of it from elsewhere, and the next one of less.
      await until(async () => {
        const { readState } = await query.getOrder({ orderId, consistencyToken: '' });
        assert.deepEqual(
          [readState?.source, readState?.orderVersion],
          [ReadSource.READ_SOURCE_PROJECTION, version],
        );
      });
      placed.push(orderId);
    }
  }
  async function read(first: number) {
    const seen = new Map<string, number>();
    for (let at = first; !isOver; at += READERS) {
      const orderId = placed[at % Math.max(1, placed.length)];
      if (orderId === undefined) {
        await sleep(10);
        continue;
      }
      const version = await query.getOrder({ orderId, consistencyToken: '' }).then(
        ({ readState }) => readState?.orderVersion ?? 0,
        (error) => {
          wrong.push(`${orderId}: ${error}`);
          return Number.POSITIVE_INFINITY;
        },
      );
      if (version < (seen.get(orderId) ?? 0)) wrong.push(`${orderId} went back to ${version}`);
      if (Number.isFinite(version)) seen.set(orderId, version);
      reads += 1;
      await sleep(PAUSE_MS);
    }
  }
  async function list() {
    for (let most = 0n; !isOver; await sleep(50)) {
      const asked = { customerId: 'ada', query: '', pageSize: 1, pageToken: '', consistencyToken: '' };
      const found = await query.searchOrders(SearchOrdersRequest.fromPartial(asked)).catch((error) => {
        wrong.push(`search: ${error}`);
      });
      const sequence = found?.readState?.logSequence ?? most;
      if (sequence < most) wrong.push(`a search went back from ${most} to ${sequence}`);
      most = sequence;
    }
  }
  const running = [
    ...Array.from({ length: WRITERS }, write),
    ...Array.from({ length: READERS }, (_, first) => read(first)),
    list(),
  ];
  return {
    get orders() {
      return placed.length;
    },
    get reads() {
      return reads;
    },
    async stop() {
      isOver = true;
      await Promise.all(running);
      return wrong;
    },
  };
}
