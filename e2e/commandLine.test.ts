import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import { type Orderlog, orderlogOn } from './support/orderlog.ts';
import { type System, system } from './support/system.ts';

describe('orderlog on a running system', function () {
  this.timeout(120_000);
  let shared: System;
  let orderlog: Orderlog;
  before(async function () {
    this.timeout(300_000);
    shared = await system();
    orderlog = orderlogOn(shared);
  });

  const lines = (text: string) =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));

  it('places an order and finds it again in every way', async () => {
    const sku = await shared.newItem({ onHand: 5n, priceCents: 450 });
    const customer = `c-${sku.slice(2, 12)}`;
    const placed = await orderlog([
      'order',
      '--sku',
      sku,
      '--quantity',
      '2',
      '--customer',
      customer,
      '--json',
    ]);
    assert.equal(placed.code, 0, placed.stderr);
    const [{ answer }, ...steps] = lines(placed.stdout);
    assert.deepEqual(
      steps.slice(0, -1).map(({ event }) => event.version),
      [1, 2, 3, 4],
    );
    assert.equal(steps.at(-1)?.order.status, 'ORDER_STATUS_COMPLETED');
    const { orderId, consistencyToken } = answer;

    const watched = await orderlog(['order', 'watch', orderId, '--after-version', '3']);
    assert.match(watched.stdout, /ms {2}OrderCompleted +v4.*\n\nORDER_STATUS_COMPLETED, total 9\.00 EUR\n$/);
    const token = ['--consistency-token', consistencyToken];
    const listed = await orderlog(['order', 'list', '--customer', customer, ...token, '--json']);
    assert.deepEqual(
      JSON.parse(listed.stdout).orders.map((order: { orderId: string }) => order.orderId),
      [orderId],
    );
    await shared.until(async () => {
      const asTable = await orderlog(['order', 'list', '--status', 'completed', '--customer', customer]);
      assert.match(
        asTable.stdout,
        new RegExp(`\n${orderId}  ORDER_STATUS_COMPLETED  9\\.00 EUR .*\n\n1 of 1\n`),
      );
    });
    const past = await orderlog(['order', 'show', orderId, '--at-version', '1']);
    assert.match(past.stdout, /^status +ORDER_STATUS_PENDING$/m);
    const history = await orderlog(['order', 'history', orderId]);
    assert.equal(history.stdout.trim().split('\n').length, 4);
    // Catalog hears of the end by itself.
    await shared.until(async () => {
      const { item } = await shared.catalog.getItem({ sku });
      assert.deepEqual([item?.onHand, item?.reserved], [3n, 0n]);
    });
    const item = await orderlog(['items', 'adjust', sku, '--by', '-1', '--reason', 'broken', '--json']);
    assert.deepEqual([JSON.parse(item.stdout).onHand, item.code], ['2', 0]);
    assert.match(
      (await orderlog(['items', 'show', sku])).stdout,
      new RegExp(`\n${sku} +2 +2 +0 +4\\.50 EUR`),
    );
  });

  it('reads the log about one order, of all services, without its sealed token', async () => {
    const sku = await shared.newItem({ onHand: 5n });
    const since = new Date().toISOString();
    const placed = await orderlog(['order', 'place', '--sku', sku, '--json']);
    const [{ answer }] = lines(placed.stdout);
    const tail = ['events', 'tail', '--order', answer.orderId, '--json'];
    await shared.until(async () => {
      const { stdout, stderr } = await orderlog([...tail, '--from', since]);
      assert.equal(stderr, '');
      const types = lines(stdout).map(({ type }) => type.split('.').at(-1));
      assert.deepEqual(new Set(types).size, 8, types.join());
      assert.ok(types.indexOf('OrderCreated') < types.indexOf('ReservationConfirmed'));
      assert.doesNotMatch(stdout, /sealedPaymentToken/);
      for (const { event } of lines(stdout)) assert.equal(event.context.orderId, answer.orderId);
    });
    const some = await orderlog([...tail, '--from', 'beginning', '--type', 'PaymentProcessed', 'OrderPaid']);
    assert.equal(lines(some.stdout).length, 2);
    const limited = await orderlog(['events', 'tail', '--stream', 'catalog', '--from', '1', '--limit', '2']);
    assert.match(limited.stdout, /^\S+ {2}CATALOG +1 {2}.*\n\S+ {2}CATALOG +2 {2}.*\n$/);
    const wrong = await orderlog(['events', 'tail', '--from', '5']);
    assert.match(wrong.stderr, /a sequence is of one stream: give --stream with it/);
    assert.equal(wrong.code, 2);
  });

  it('has colours only where they are wanted', async () => {
    const tail = ['events', 'tail', '--last', '1'];
    assert.ok(!(await orderlog(tail)).stdout.includes('\u001b'));
    assert.ok((await orderlog(tail, { FORCE_COLOR: '1', NO_COLOR: '' })).stdout.includes('\u001b['));
  });

  it('finds nothing wrong with a system that works', async () => {
    const { code, stdout } = await orderlog(['doctor', '--json']);
    const { healthy, findings } = JSON.parse(stdout);
    const bad = findings.filter(({ level }: { level: string }) => level === 'fail');
    assert.deepEqual([bad, healthy, code], [[], true, 0]);
    const parts = new Set(findings.map(({ part }: { part: string }) => part));
    for (const part of [
      'machine',
      'database payment',
      'nats',
      'stream ORDERS',
      'elasticsearch',
      'projector',
      'gateway',
    ]) {
      assert.ok(parts.has(part), part);
    }
  });

  it('says which part is down, and what to do, within its time', async () => {
    const startedMs = performance.now();
    const { code, stdout } = await orderlog(['doctor', '--nats', 'nats://127.0.0.1:1']);
    assert.ok(performance.now() - startedMs < 30_000);
    assert.match(stdout, /^✗ fail +nats +reachable +no answer within 5 s$/m);
    assert.match(stdout, /\nWhat to do\n(?:.*\n)*✗ fail {2}nats, reachable: start nats-server/);
    assert.match(stdout, /^✓ ok +database order +fsync +on$/m);
    assert.equal(code, 1);
  });
});
