import assert from 'node:assert/strict';
import { once } from 'node:events';
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

  const start = async (lateMs = 300) => {
    ledger = await openLedger(folder);
    server = createSandboxServer(ledger, { lateMs });
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
    const startMs = performance.now();
    assert.equal((await charge('j', 'tok_timeout')).body.status, 'captured');
    assert.ok(performance.now() - startMs > 290);

    await stop();
    // The process must be able to end soon: that wait goes on.
    await start(10_000);
    const late = charge('k', 'tok_timeout').then(
      () => 'late',
      () => 'cut off',
    );
    while (!(await entries()).includes('charge k'));
    assert.equal(await Promise.race([late, charge('k', 'tok_timeout').then(() => 'repeat')]), 'repeat');
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
      [200, 200, 402],
    );
  });

  it('tells what became of a charge by its key', async () => {
    const look = async (key: string) => {
      const response = await fetch(`${url}/v1/charges/${key}`);
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    };
    assert.deepEqual(await look('k'), await charge('k', 'tok_never').then(() => look('k')));
    assert.equal((await look('k')).status, 404);
    assert.deepEqual(await charge('l', 'tok_ok'), await look('l'));
    assert.deepEqual(await charge('m', 'tok_declined'), await look('m'));
    const { id } = (await look('l')).body;
    const back = await post('/v1/refunds', 'r', { chargeId: id, amountMinor: '500', currency: 'EUR' });
    assert.deepEqual((await look('l')).body, { status: 'captured', id, refundId: back.body.id });
  });

  it('never charges tok_never', async () => {
    for (let n = 0; n < 4; n++) assert.equal((await charge('k', 'tok_never')).status, 503);
    assert.deepEqual(await entries(), []);
  });

  it('refuses the first two attempts to refund tok_refund_fails, then gives it back', async () => {
    const { body } = await charge('k', 'tok_refund_fails');
    const refund = (key: string) =>
      post('/v1/refunds', key, { chargeId: body.id, amountMinor: '500', currency: 'EUR' });
    const answers: string[] = [];
    for (const key of ['r1', 'r1', 'r2', 'r1', 'r3', 'r3', 'r2']) {
      const answer = await refund(key);
      answers.push(`${key} ${answer.status} ${answer.body.status}`);
    }
    assert.deepEqual(answers, [
      'r1 402 refused',
      'r1 402 refused',
      'r2 402 refused',
      'r1 402 refused',
      'r3 200 refunded',
      'r3 200 refunded',
      'r2 402 refused',
    ]);
    assert.deepEqual(await entries(), ['charge k', 'refund r3']);
  });

  describe('with a fault switched on', () => {
    const put = (mode: string) =>
      fetch(`${url}/v1/faults`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ mode }),
      });

    it('is down: does nothing, and heals', async () => {
      await put('down');
      assert.equal((await charge('k', 'tok_ok')).status, 503);
      assert.equal((await fetch(`${url}/v1/charges/k`)).status, 503);
      assert.deepEqual(await entries(), []);
      await put('none');
      assert.equal((await charge('k', 'tok_ok')).status, 200);
    });

    it('hangs: does nothing, until it heals or the caller has gone', async () => {
      await put('hang');
      const gone = new AbortController();
      const given = fetch(`${url}/v1/charges/k`, { signal: gone.signal });
      gone.abort();
      await assert.rejects(given, { name: 'AbortError' });
      const arrived = once(server.server, 'request');
      const waiting = charge('k', 'tok_ok');
      await arrived;
      await put('none');
      assert.equal((await waiting).status, 503);
      assert.deepEqual(await entries(), []);
    });

    it('drops: charges, and resets the connection', async () => {
      await put('drop');
      await assert.rejects(charge('k', 'tok_ok'), /fetch failed/);
      assert.deepEqual(await entries(), ['charge k']);
      assert.deepEqual(await (await fetch(`${url}/v1/faults`)).json(), { mode: 'drop' });
    });

    it('is slow: charges late', async () => {
      await put('slow');
      const startMs = performance.now();
      assert.equal((await charge('k', 'tok_ok')).status, 200);
      assert.ok(performance.now() - startMs > 1_500);
    });

    it('knows no other faults', async () => assert.equal((await put('smoke')).status, 400));
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
