import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { type Ledger, openLedger } from './ledger.ts';
import { createSandboxServer } from './server.ts';

describe('the sandbox provider', () => {
  let folder: string;
  let ledger: Ledger;
  let server: FastifyInstance;
  let url: string;

  const start = async () => {
    ledger = await openLedger(folder);
    server = createSandboxServer(ledger, { lateMs: 300 });
    url = await server.listen({ host: '127.0.0.1', port: 0 });
  };
  const stop = async () => {
    await server.close();
    await ledger.close();
  };
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'orderlog-sandbox-'));
    await start();
  });
  afterEach(async () => {
    await stop();
    rmSync(folder, { recursive: true });
  });

  const post = async (path: string, key: string, body: object) => {
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const charge = (key: string, token: string, amountMinor = '500') =>
    post('/v1/charges', key, { amountMinor, currency: 'EUR', orderId: 'o', token });
  const entries = async () => {
    const page = (await (await fetch(`${url}/v1/ledger`)).json()) as {
      entries: { kind: string; key: string }[];
    };
    return page.entries.map(({ kind, key }) => `${kind} ${key}`);
  };

  it('charges once under one key, however often and however many at once', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => charge('k', 'tok_ok')));
    assert.equal(new Set(answers.map((answer) => JSON.stringify(answer))).size, 1);
    assert.equal(answers[0]?.body.status, 'captured');
    assert.deepEqual(await entries(), ['charge k']);
  });

  it('refuses a key that comes with another request', async () => {
    await charge('k', 'tok_ok');
    assert.equal((await charge('k', 'tok_ok', '501')).status, 422);
  });

  it('declines tok_declined and tokens that it does not know', async () => {
    assert.deepEqual((await charge('a', 'tok_declined')).body.code, 'card_declined');
    assert.deepEqual((await charge('b', 'tok_what')).body.code, 'invalid_token');
  });

  it('fails tok_flaky twice, then charges', async () => {
    const statuses = [];
    for (let n = 0; n < 3; n++) statuses.push((await charge('k', 'tok_flaky')).status);
    assert.deepEqual(statuses, [503, 503, 200]);
  });

  it('answers tok_timeout late, having charged; a repeat gets the answer at once', async () => {
    const late = charge('k', 'tok_timeout').then(() => 'late');
    while (!(await entries()).includes('charge k'));
    assert.equal(await Promise.race([late, charge('k', 'tok_timeout').then(() => 'repeat')]), 'repeat');
    await late;
  });

  it('remembers over restarts, and drops a line that a crash has cut', async () => {
    const first = await charge('k', 'tok_ok');
    await stop();
    appendFileSync(join(folder, 'ledger.jsonl'), '{"kind":"charge","key":"cut');
    await start();
    assert.deepEqual(await charge('k', 'tok_ok'), first);
    await charge('l', 'tok_ok');
    await stop();
    await start();
    assert.deepEqual(await entries(), ['charge k', 'charge l']);
  });

  it('does not start with a ledger that is damaged, and says where', async () => {
    await charge('k', 'tok_ok');
    await stop();
    appendFileSync(join(folder, 'ledger.jsonl'), '{"kind":\n');
    await assert.rejects(openLedger(folder), /damaged at .*ledger\.jsonl:2/);
    rmSync(join(folder, 'ledger.jsonl'));
    await start();
  });

  it('gives back at most what it captured', async () => {
    const { body } = await charge('k', 'tok_ok');
    const refund = (key: string, amountMinor: string) =>
      post('/v1/refunds', key, { chargeId: body.id, amountMinor, currency: 'EUR' });
    const statuses = await Promise.all([refund('r1', '300'), refund('r1', '300'), refund('r2', '300')]);
    assert.deepEqual(
      statuses.map(({ status }) => status),
      [200, 200, 422],
    );
  });

  it('says what is wrong with a request', async () => {
    const { status, body } = await post('/v1/charges', 'k', {
      amountMinor: '-1',
      currency: 'EUR',
      orderId: 'o',
      token: 't',
    });
    assert.equal(status, 400);
    assert.match(JSON.stringify(body), /amountMinor/);
  });
});
