import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { after, afterEach, before, describe, it } from 'mocha';
import { signBody } from '../../../platform/signedBody.ts';
import { ChargeOutcome, type Payment } from '../../../proto/gen/orderlog/payment/v1/payment_service.ts';
import { PaymentStatus } from '../../../proto/gen/orderlog/payment/v1/types.ts';
import { type PaymentBed, startPaymentBed, WEBHOOK_SECRET } from '../../paymentBed.testing.ts';
import { paymentIdOf } from '../domain/commands.ts';

const DAY_MS = 86_400_000;
const amount = { currencyCode: 'EUR', units: 12n, nanos: 340_000_000 };

describe("the provider's webhooks", () => {
  let bed: PaymentBed;
  before(async () => {
    bed = await startPaymentBed(DAY_MS);
  });
  after(() => bed.stop());
  afterEach(async () => {
    await bed.setFault('none');
    await bed.setWebhooks('off');
  });

  const charge = (orderId: string, paymentToken = 'tok_ok') =>
    bed.client.charge(
      { requestId: randomUUID(), orderId, customerId: 'ada', amount, paymentToken, deadline: undefined },
      { timeoutMs: 10_000 },
    );
  const statusOf = async (orderId: string) => (await paymentOf(orderId))?.status;
  const paymentOf = async (orderId: string): Promise<Payment | undefined> =>
    (await bed.client.getPayment({ orderId })).payment;
  const versionOf = async (orderId: string) => (await paymentOf(orderId))?.version;
  const deliver = (event: unknown, headers: Record<string, string> = {}, secret = WEBHOOK_SECRET) => {
    const body = typeof event === 'string' ? event : JSON.stringify(event);
    const signature = signBody(secret, Buffer.from(body), Date.now());
    return fetch(bed.webhookUrl, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', 'provider-signature': signature, ...headers },
    });
  };
  const captured = (orderId: string, more: object = {}) => ({
    id: 'evt_1',
    type: 'charge',
    data: {
      key: paymentIdOf(orderId),
      id: 'ch_hook',
      orderId,
      currency: 'EUR',
      amountMinor: '1234',
      status: 'captured',
      code: '',
      message: '',
      ...more,
    },
  });
  /** A charge that the provider never answers. */
  async function begun(): Promise<string> {
    const orderId = randomUUID();
    const asked = charge(orderId, 'tok_never').catch(() => undefined);
    while (!(await statusOf(orderId).catch(() => undefined))) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    void asked;
    return orderId;
  }

  it('settle a charge whose every answer is lost, and a refund too', async () => {
    await bed.setWebhooks('on');
    await bed.setFault('drop');
    const orderId = randomUUID();
    assert.equal((await charge(orderId)).outcome, ChargeOutcome.CHARGE_OUTCOME_CAPTURED);
    await bed.client.refund({ requestId: randomUUID(), orderId, reason: 'broken' });
    while ((await statusOf(orderId)) !== PaymentStatus.PAYMENT_STATUS_REFUNDED) {
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  });

  it('count once, however often and in whatever order they come', async () => {
    const orderId = await begun();
    const answers = await Promise.all(Array.from({ length: 20 }, () => deliver(captured(orderId))));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [204]);
    assert.equal(await statusOf(orderId), PaymentStatus.PAYMENT_STATUS_CAPTURED);
    const version = await versionOf(orderId);
    await deliver(captured(orderId));
    // Late, and of an earlier time: what is final stays.
    const late = captured(orderId, { status: 'declined', code: 'card_declined', message: 'no' });
    assert.equal((await deliver(late)).status, 204);
    assert.equal(await versionOf(orderId), version);
  });

  it('are refused if they are forged, changed or old, and change nothing', async () => {
    const orderId = await begun();
    const event = captured(orderId);
    const body = JSON.stringify(event);
    const old = signBody(WEBHOOK_SECRET, Buffer.from(body), Date.now() - 301_000);
    for (const [headers, secret] of [
      [{}, 'some other secret that is long enough'],
      [{ 'provider-signature': '' }, WEBHOOK_SECRET],
      [{ 'provider-signature': old }, WEBHOOK_SECRET],
      [
        { 'provider-signature': signBody(WEBHOOK_SECRET, Buffer.from(`${body} `), Date.now()) },
        WEBHOOK_SECRET,
      ],
    ] as const) {
      assert.equal((await deliver(event, headers, secret)).status, 400);
    }
    assert.equal(await statusOf(orderId), PaymentStatus.PAYMENT_STATUS_STARTED);
  });

  it('of another charge, amount or payment change nothing', async () => {
    const orderId = await begun();
    for (const more of [{ key: randomUUID() }, { amountMinor: '1235' }, { currency: 'USD' }]) {
      assert.equal((await deliver(captured(orderId, more))).status, 204);
    }
    assert.equal((await deliver(captured(randomUUID()))).status, 404);
    assert.equal(await statusOf(orderId), PaymentStatus.PAYMENT_STATUS_STARTED);
  });

  it('that cannot be read are told so', async () => {
    for (const bad of ['', '{', '[]', '{"type":"charge","data":{}}', 'null', '[['.repeat(50_000)]) {
      assert.equal((await deliver(bad)).status, 400, bad.slice(0, 40));
    }
    assert.equal((await deliver('x'.repeat(300_000))).status, 413);
  });

  it('are sent in time, or not at all', async () => {
    const { hostname, port } = new URL(bed.webhookUrl);
    const socket = connect(Number(port), hostname);
    socket.write('POST /webhooks/provider HTTP/1.1\r\nhost: x\r\n');
    const answer = await new Promise<string>((resolve) => {
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('close', () => resolve(text));
    });
    assert.match(answer, /^HTTP\/1.1 408/);
  });
});
