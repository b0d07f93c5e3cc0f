import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { UnsecuredJWT } from 'jose';
import { after, before, describe, it } from 'mocha';
import { PaymentStatus } from '../../proto/gen/orderlog/payment/v1/types.ts';
import { type PaymentBed, startPaymentBed } from '../../services/paymentBed.testing.ts';

const REVIEW_AFTER_MS = 500;

describe('orderlog payments', function () {
  this.timeout(60_000);
  let bed: PaymentBed;
  before(async function () {
    this.timeout(120_000);
    bed = await startPaymentBed(REVIEW_AFTER_MS);
  });
  after(() => bed.stop());

  const run = (env: NodeJS.ProcessEnv, ...args: readonly string[]) =>
    new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
      const child = execFile(
        process.execPath,
        ['cli/bin.js', 'payments', ...args, '--payment', bed.address],
        { env: { ...process.env, ...env }, timeout: 20_000 },
        (_, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
      );
    });
  const orderlog = (...args: readonly string[]) => run({}, ...args);
  const charge = (orderId: string, paymentToken: string) =>
    bed.client.charge(
      {
        requestId: randomUUID(),
        orderId,
        customerId: 'ada',
        paymentToken,
        amount: { currencyCode: 'EUR', units: 37n, nanos: 800_000_000 },
        deadline: undefined,
      },
      { timeoutMs: 30_000 },
    );
  const reconcile = () => orderlog('reconcile', '--provider', bed.sandboxUrl);
  const settled = ['--as', 'not-charged', '--evidence', 'statement, line 7', '--operator', 'grace'];

  /** A charge of which nobody knows what became of it. */
  async function inReview() {
    const orderId = randomUUID();
    const charging = charge(orderId, 'tok_never');
    let status: PaymentStatus | undefined;
    for (const endMs = performance.now() + 20_000; status !== PaymentStatus.PAYMENT_STATUS_NEEDS_REVIEW; ) {
      assert.ok(performance.now() < endMs, `it is ${status}`);
      await sleep(50);
      status = (await bed.client.getPayment({ orderId }).catch(() => undefined))?.payment?.status;
    }
    return { orderId, charging };
  }

  it('lists what needs a review, and settles it', async () => {
    const { orderId, charging } = await inReview();
    const listed = await orderlog('review');
    assert.match(
      listed.stdout,
      new RegExp(`^${orderId}  \\S+ +37\\.80 EUR  no definite answer to \\d+ calls`),
    );
    assert.match(listed.stdout, /\n1 to settle/);

    const { code, stdout, stderr } = await orderlog('resolve', orderId, ...settled);
    assert.deepEqual([code, stdout, stderr], [0, `${orderId}  PAYMENT_STATUS_DECLINED\n`, '']);
    await charging;
    assert.equal((await orderlog('review')).stdout, 'no payment needs a review\n');
  });

  it('settles in the name of whose token it is', async () => {
    const { orderId, charging } = await inReview();
    const wish = ['--as', 'not-charged', '--evidence', 'statement, line 8', '--request-id', randomUUID()];
    const settle = (env: NodeJS.ProcessEnv, ...operator: readonly string[]) =>
      run(env, 'resolve', orderId, ...wish, ...operator);
    const nobody = await settle({});
    assert.match(nobody.stderr, /^error: give --operator <id>: without a token/);
    assert.equal(nobody.code, 2);

    const token = new UnsecuredJWT({ sub: 'grace' }).encode();
    const { code, stdout, stderr } = await settle({ ORDERLOG_TOKEN: token });
    assert.deepEqual([code, stdout, stderr], [0, `${orderId}  PAYMENT_STATUS_DECLINED\n`, '']);
    await charging;
    // It was her: so the same request once more, and not with another's name.
    assert.equal((await settle({}, '--operator', 'grace')).stdout, stdout);
    assert.match((await settle({}, '--operator', 'ada')).stderr, /^orderlog: [^\n]*request_id/);
  });

  it('says what is wrong with a resolution in one line', async () => {
    const orderId = randomUUID();
    await charge(orderId, 'tok_ok');
    const notInReview = await orderlog('resolve', orderId, ...settled);
    assert.match(notInReview.stderr, /^orderlog: [^\n]* does not need a review: it is captured\n$/);
    assert.equal(notInReview.code, 1);
    const unknown = await orderlog('resolve', orderId, '--as', 'lost', '--evidence', 'x', '--operator', 'y');
    assert.match(unknown.stderr, /Allowed choices are captured, not-charged, refunded-elsewhere/);
    assert.equal(unknown.code, 2);
    const noEvidence = await orderlog('resolve', orderId, '--as', 'captured', '--operator', 'y');
    assert.match(noEvidence.stderr, /--evidence/);
    assert.equal(noEvidence.code, 2);
  });

  it("finds no difference between Payment and the provider's ledger, and each that there is", async () => {
    const orderId = randomUUID();
    await charge(orderId, 'tok_ok');
    const clean = await reconcile();
    assert.match(clean.stdout, /^\d+ payments, \d+ entries of the provider: no difference\n$/);
    assert.equal(clean.code, 0);

    const { payment } = await bed.client.getPayment({ orderId });
    const own = bed.ledger.find('charge', payment?.paymentId ?? '');
    assert.ok(own);
    const time = new Date().toISOString();
    await bed.ledger.append({ ...own, key: 'stray', id: 'ch_stray', time });
    await bed.ledger.append({
      kind: 'refund',
      key: 'r',
      id: 're_stray',
      fingerprint: '',
      chargeId: own.id,
      amountMinor: '1',
      currency: 'EUR',
      time,
    });
    const { code, stdout } = await reconcile();
    assert.equal(code, 1);
    assert.match(stdout, /payment stray: the provider has charge ch_stray, and there is no such payment\n/);
    assert.ok(
      stdout.includes(`order ${orderId}  payment ${own.key}: given back at the provider, and not here\n`),
    );
    assert.match(stdout, /: 3 different\n$/);
  });

  it('says where the ledger cannot be read', async () => {
    const { code, stderr } = await orderlog('reconcile', '--provider', 'http://127.0.0.1:1');
    assert.match(
      stderr,
      /\norderlog: the provider's ledger at http:\/\/127\.0\.0\.1:1 cannot be read: [^\n]*\n$/,
    );
    assert.equal(code, 1);
    assert.equal((await orderlog('reconcile', '--provider', 'sandbox')).code, 2);
  });
});
