/**
 * Payment tokens, what is about persons and the secrets of a system, looked for in all that it prints, answers, keeps and sends while its
 * processes log all that they can, and orders are placed, cancelled, declined, refused and broken.
 */
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { withClient } from '../cli/servers/serviceDatabase.ts';
import { layoutOf } from '../cli/start/layout.ts';
import type { Secrets } from '../cli/start/secrets.ts';
import type { LogLevel } from '../platform/logging.ts';
import { SagaMode } from '../proto/gen/orderlog/saga/v1/saga.ts';
import { filesIn, leaksIn, type Needle, type Place } from './support/leaks.ts';
import { type Orderlog, orderlogOn } from './support/orderlog.ts';
import { ended, orderOf, untilAccepted } from './support/orders.ts';
import { type System, system } from './support/system.ts';

const mark = randomBytes(8).toString('hex');
const token: Needle = { what: 'a payment token', text: `tok_leak_${mark}` };
const personal: readonly Needle[] = [
  { what: 'a customer', text: `c-leak-${mark}` },
  { what: 'the words of a person', text: `ring Ada at Mornington Crescent ${mark}` },
];
const [customerId = '', words = ''] = personal.map(({ text }) => text);
const wish = { customerId, paymentToken: token.text };

describe('payment tokens, personal data and secrets', function () {
  this.timeout(600_000);
  let it_: System;
  let orderlog: Orderlog;
  let secrets: readonly Needle[];
  let logs: string;
  let levels: readonly (readonly [string, LogLevel])[];
  /** What those were answered who may see the orders. */
  const answers: Place[] = [];
  /** What is answered to whoever did something wrong, or only looks after the system. */
  const told: Place[] = [];
  const traceparent = `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;

  const setLevel = async (address: string, level: LogLevel): Promise<void> => {
    const { status } = await fetch(`http://${address}/log-level`, {
      method: 'PUT',
      body: JSON.stringify({ level }),
    });
    assert.equal(status, 200);
  };

  before(async () => {
    it_ = await system();
    orderlog = orderlogOn(it_);
    const layout = layoutOf(it_.local.dataDir, it_.local.portBase);
    logs = layout.logs;
    const { passwords, ...keys } = JSON.parse(readFileSync(layout.secrets, 'utf8')) as Secrets;
    secrets = Object.entries({ ...keys, ...passwords }).map(([what, text]) => ({
      what: `the secret ${what}`,
      text,
    }));
    levels = await Promise.all(
      Object.values(layout.addresses.admin).map(async (address) => {
        const { level } = (await (await fetch(`http://${address}/log-level`)).json()) as { level: LogLevel };
        await setLevel(address, 'trace');
        return [address, level] as const;
      }),
    );
  });
  after(async () => {
    await it_.setProviderFault('none');
    for (const [address, level] of levels) await setLevel(address, level);
  });

  const json = (value: unknown): string =>
    JSON.stringify(value, (_key, each) => (typeof each === 'bigint' ? String(each) : each));

  /** A call over REST; `into`: whom its answer is for. */
  async function rest(into: Place[], path: string, init: RequestInit = {}): Promise<string> {
    const headers = {
      traceparent,
      ...(init.body && { 'content-type': 'application/json' }),
      ...init.headers,
    };
    const response = await fetch(`http://${it_.addresses.http}${path}`, { ...init, headers });
    const body = await response.text();
    into.push({ where: `REST ${init.method ?? 'GET'} ${path}`, text: json([...response.headers]) + body });
    return body;
  }

  /** A call over gRPC, right or wrong. */
  async function call<T>(where: string, calling: Promise<T>): Promise<T | undefined> {
    try {
      const answer = await calling;
      answers.push({ where, text: json(answer) });
      return answer;
    } catch (error) {
      const { message, violations } = error as { message: string; violations?: unknown };
      told.push({ where, text: json({ message, violations }) });
      return undefined;
    }
  }

  const post = (body: string, more: Record<string, string> = {}): RequestInit => ({
    method: 'POST',
    body,
    headers: { 'idempotency-key': randomUUID(), ...more },
  });
  const body = (more: object = {}) =>
    JSON.stringify({ ...wish, lines: [{ sku: 'SKU-COFFEE', quantity: 1 }], ...more });

  it('go through orders that end in every way', async () => {
    const placed = [];
    for (const sagaMode of [1, 2, 3] as const) {
      const request = orderOf({ ...wish, sagaMode });
      placed.push(
        await untilAccepted(() => it_.orders.placeOrder(request, { traceparent, timeoutMs: 60_000 })),
      );
    }
    const kept = await untilAccepted(() => it_.orders.placeOrder(orderOf({ customerId }), { traceparent }));
    await ended(it_.orders, kept.orderId);
    const cancel = {
      method: 'POST',
      body: JSON.stringify({ message: words }),
      headers: { 'idempotency-key': randomUUID() },
    };
    await rest(answers, `/v1/orders/${kept.orderId}/cancel`, cancel);
    const { orderId } = JSON.parse(await rest(answers, '/v1/orders', post(body())));
    const orderIds = [...placed.map((each) => each.orderId), orderId as string];
    for (const each of orderIds) assert.equal((await ended(it_.orders, each)).cancellationReason, 1);
    for (const each of [...orderIds, kept.orderId]) {
      for (const part of ['', '/history', '/explanation']) await rest(answers, `/v1/orders/${each}${part}`);
      await call('GetOrder', it_.orders.getOrder({ orderId: each }));
      await call('GetPayment', it_.payment.getPayment({ orderId: each, withHistory: true }));
    }
    await rest(answers, `/v1/orders?query=${encodeURIComponent(words)}&customer_id=${customerId}`);
  });

  it('are in requests that are refused', async () => {
    for (const wrong of [
      body().slice(0, -1),
      body({ lines: [] }),
      body({ paymentToken: [token.text] }),
      body({ paymentToken: `${token.text}!` }),
      body({ customerId: `${customerId}@example.com` }),
      body({ expectedTotal: token.text }),
      body({ surprise: token.text }),
      `"${token.text}"`,
    ]) {
      await rest(told, '/v1/orders', post(wrong));
    }
    const headers = { 'idempotency-key': randomUUID() };
    await rest(answers, '/v1/orders', post(body(), headers));
    await rest(told, '/v1/orders', post(body({ lines: [{ sku: 'SKU-COFFEE', quantity: 2 }] }), headers));
    await rest(told, '/v1/orders', post(body(), { 'idempotency-key': token.text }));
    await rest(told, '/v1/orders', post(body(), { 'content-type': token.text }));
    await rest(told, `/v1/orders?page_token=${token.text}`, {
      headers: { authorization: `Bearer ${token.text}` },
    });
    await call('PlaceOrder', it_.orders.placeOrder(orderOf({ ...wish, lines: [] }), { traceparent }));
    await call(
      'PlaceOrder',
      it_.orders.placeOrder(orderOf({ ...wish, customerId: `${customerId}@example.com` })),
    );
    await call('PlaceOrder', it_.orders.placeOrder(orderOf({ ...wish, paymentToken: `${token.text}!` })));
    await call(
      'Charge',
      it_.payment.charge({
        ...wish,
        requestId: words,
        orderId: token.text,
        amount: undefined,
        deadline: undefined,
      }),
    );
  });

  it('go to a provider that fails', async () => {
    await it_.setProviderFault('down');
    const request = orderOf({ ...wish, sagaMode: SagaMode.SAGA_MODE_CHOREOGRAPHY });
    const { orderId } = await untilAccepted(() => it_.orders.placeOrder(request, { traceparent }));
    await it_.until(async () => {
      const { providerCall } = await it_.payment.getPayment({ orderId, withHistory: true });
      assert.notEqual(providerCall?.lastError ?? '', '');
      told.push({ where: 'the error of a call to the provider', text: json(providerCall) });
    });
    await rest(answers, `/v1/orders/${orderId}/explanation`);
    await it_.setProviderFault('none');
    await ended(it_.orders, orderId, 120_000);
  });

  it('are handled by the command line', async () => {
    const { stdout } = await orderlog(['order', 'list', '--customer', customerId, '--json']);
    const [{ orderId }] = JSON.parse(stdout).orders as [{ orderId: string }];
    const run = async (into: Place[], ...args: readonly string[]) => {
      const ran = await orderlog(args);
      into.push({ where: `orderlog ${args.join(' ')}`, text: ran.stdout + ran.stderr });
      return ran;
    };
    await run(answers, 'order', 'show', orderId, '--json');
    await run(answers, 'order', 'history', orderId, '--json');
    await run(answers, 'explain', orderId);
    const tail = await run(told, 'events', 'tail', '--from', 'beginning', '--customer', customerId, '--json');
    assert.match(tail.stdout, /"customerId":"\[redacted\]"/);
    assert.match(tail.stdout, /OrderCancellationRequested.*"message":"\[redacted\]"/);
    await run(told, 'parked', 'list', '--json');
    await run(told, 'doctor', '--json');
    const wrong = await run(told, 'order', 'place', '--quantity', 'postgres://order:hunter2hunter2@db');
    assert.match(wrong.stderr, /postgres:\/\/order:\[redacted\]@db/);
    assert.doesNotMatch(wrong.stderr, /hunter2/);
  });

  it('stand in no answer, log or span', async () => {
    await it_.until(async () => {
      const placed = it_.traces().filter(({ traceId }) => traceId === traceparent.slice(3, 35));
      for (const service of ['orderlog-order', 'orderlog-payment', 'orderlog-gateway']) {
        assert.ok(
          placed.some((span) => span.service === service),
          service,
        );
      }
    });
    const sent = it_.exported().map((bytes) => ({ where: 'the spans', text: bytes.toString('latin1') }));
    const files = filesIn(logs);
    for (const name of ['order.log', 'payment.log', 'gateway.log', 'postgres.log', 'nats.log']) {
      assert.ok(
        files.some(({ where, text }) => where === name && text.length > 0),
        name,
      );
    }
    assert.match(files.find(({ where }) => where === 'order.log')?.text ?? '', /"level":"debug".*PlaceOrder/);
    const seen = [...told, ...files, ...sent];
    assert.deepEqual(leaksIn([...answers, ...seen], [token, ...secrets]), []);
    assert.deepEqual(leaksIn(seen, personal), []);
    // Else they were looked for in nothing.
    assert.equal(new Set(leaksIn(answers, personal).map((leak) => leak.replace(/^.*: /, ''))).size, 2);
  });

  it('are kept nowhere in the clear, as far as they are payment tokens', async () => {
    for (const [name, url] of Object.entries(it_.urls.databases)) {
      assert.deepEqual(await tablesWith(url, token.text), [], name);
    }
  });

  it('would be found where they did stand', () => {
    const planted = join(logs, 'planted.log');
    writeFileSync(
      planted,
      JSON.stringify({ request: Buffer.from(`x${token.text}`).toString('base64'), by: secrets[0]?.text }),
    );
    try {
      assert.deepEqual(leaksIn(filesIn(logs), [token, ...secrets]), [
        `planted.log: ${token.what}`,
        `planted.log: ${secrets[0]?.what}`,
      ]);
    } finally {
      rmSync(planted);
    }
  });
});

/** The tables in which a text stands, in a column of whatever type. */
const tablesWith = (url: string, text: string): Promise<readonly string[]> =>
  withClient(url, async (client) => {
    const { rows: tables } = await client.query<{ name: string }>(
      "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')",
    );
    assert.ok(tables.length > 3);
    const found: string[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query(
        `select from ${name} as t where strpos(t::text, $1) > 0 or strpos(t::text, $2) > 0 limit 1`,
        [text, Buffer.from(text).toString('hex')],
      );
      if (rows.length > 0) found.push(name);
    }
    return found;
  });
