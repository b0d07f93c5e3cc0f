import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, it } from 'mocha';
import pg from 'pg';
import { freePorts } from '../cli/servers/ports.ts';
import { testFolder } from '../cli/servers/testing.ts';
import { silent } from '../cli/start/reporter.ts';
import { startSystem } from '../cli/start/system.ts';
import { createClient } from '../platform/grpc/client.ts';
import { partitionOf } from '../platform/ids.ts';
import { OrderServiceService } from '../proto/gen/orderlog/order/v1/order_service.ts';
import { OrderStatus } from '../proto/gen/orderlog/order/v1/types.ts';
import { ended, type Orders, orderOf, placeUntilAccepted } from './support/orders.ts';

interface Listed {
  readonly parkedId: string;
  readonly service: string;
  readonly consumer: string;
  readonly sequence: string;
  readonly ahead?: number;
  readonly waiting?: number;
  readonly attempts?: number;
  readonly error?: string;
}

/** On a system of its own: what it puts into the log is no history that other tests should have to look at. */
describe('an event that nobody can decode', function () {
  this.timeout(300_000);
  const paymentId = randomUUID();
  let base: number;
  let running: Awaited<ReturnType<typeof startSystem>>;
  let orders: Orders;
  before(async () => {
    base = await freePorts(100);
    running = await startSystem({
      dataDir: join(testFolder(), 'parked'),
      portBase: String(base),
      env: process.env,
      reporter: silent,
    });
    orders = createClient(OrderServiceService, running.addresses.order);
  });
  after(async () => {
    orders?.close();
    await running?.stop();
  });

  const orderlog = (...args: readonly string[]) =>
    new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
      const options = { env: { ...process.env, ORDERLOG_PORT_BASE: String(base) }, timeout: 60_000 };
      const child = execFile(
        process.execPath,
        ['cli/bin.js', 'parked', ...args],
        options,
        (_, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
      );
    });
  const list = async (): Promise<Listed[]> => {
    const { code, stdout, stderr } = await orderlog('list', '--aggregate', paymentId, '--json');
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout);
  };

  /** Into Payment's history, as its owner: the relay publishes whatever stands there. */
  async function append(version: number, type: string, payload: Uint8Array): Promise<void> {
    const client = new pg.Client({ connectionString: running.urls.databases.get('payment')?.migrationUrl });
    await client.connect();
    try {
      await client.query(
        `with appended as (
           insert into events (stream_id, version, event_id, type, partition, time, payload)
           values ($1, $2, $3, $4, $5, now(), $6) returning position, stream_id, version)
         insert into outbox (id, stream_id, version) select * from appended`,
        [paymentId, version, randomUUID(), type, partitionOf(paymentId), payload],
      );
    } finally {
      await client.end();
    }
  }

  it('is parked with what follows it, while orders go on; it stays until it can be handled', async () => {
    await append(1, 'orderlog.payment.v1.PaymentProcessed', Buffer.from([0xff, 0xff]));
    await append(2, 'orderlog.payment.v1.PaymentRefunded', Buffer.from([0xff, 0xff]));
    let parked: Listed[] = [];
    for (const endMs = performance.now() + 60_000; parked.length < 2 && performance.now() < endMs; ) {
      parked = await list();
      await sleep(200);
    }
    const [head, behind] = parked;
    assert.deepEqual(
      parked.map(({ service, consumer, ahead = 0, waiting = 0, attempts = 0 }) => [
        service,
        consumer,
        ahead,
        waiting,
        attempts,
      ]),
      [
        ['order', 'order.payments', 0, 1, 1],
        ['order', 'order.payments', 1, 0, 0],
      ],
    );
    assert.match(head?.error ?? '', /^orderlog\.payment\.v1\.PaymentProcessed cannot be handled: /);

    const { orderId } = await placeUntilAccepted(orders, orderOf());
    assert.equal((await ended(orders, orderId)).status, OrderStatus.ORDER_STATUS_COMPLETED);

    const shown = await orderlog('show', head?.parkedId ?? '');
    assert.match(
      shown.stdout,
      /\n {2}2 bytes that cannot be read as orderlog\.payment\.v1\.PaymentProcessed\n/,
    );
    assert.match(shown.stdout, new RegExp(`\n1 behind it\n +${behind?.sequence} +PaymentRefunded `));

    const replayed = await orderlog('replay', '--type', 'PaymentProcessed');
    assert.match(
      replayed.stderr,
      new RegExp(`orderlog: ${head?.parkedId} failed again: .*\nstopped: the canary`),
    );
    assert.equal(replayed.code, 1);
    assert.deepEqual(
      (await list()).map(({ attempts = 0 }) => attempts),
      [2, 0],
    );

    const why = ['--reason', 'it cannot be read', '--operator', 'ada'];
    const discarded = await orderlog('discard', head?.parkedId ?? '', ...why);
    assert.match(
      discarded.stderr,
      /cannot be discarded: orderlog\.payment\.v1\.PaymentProcessed is the pivot/,
    );
    assert.equal(discarded.code, 1);
  });
});
