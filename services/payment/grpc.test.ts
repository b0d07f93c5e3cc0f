import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { after, afterEach, before, describe, it } from 'mocha';
import { pino } from 'pino';
import { ANYBODY } from '../../platform/access/caller.ts';
import type { OrderlogError } from '../../platform/errors.ts';
import { readStreams } from '../../platform/eventStore.ts';
import { shortName } from '../../platform/events.ts';
import { createClient } from '../../platform/grpc/client.ts';
import { createGrpcServer } from '../../platform/grpc/server.ts';
import { PaymentStarted } from '../../proto/gen/orderlog/payment/v1/events.ts';
import {
  ChargeOutcome,
  chargeOutcomeToJSON,
  PaymentServiceService,
} from '../../proto/gen/orderlog/payment/v1/payment_service.ts';
import {
  PaymentStatus,
  paymentStatusToJSON,
  ReviewResolution,
} from '../../proto/gen/orderlog/payment/v1/types.ts';
import { type PaymentBed, startPaymentBed } from '../paymentBed.testing.ts';
import { watchCharges } from './chargeRpc.ts';
import { paymentIdOf } from './domain/commands.ts';
import { paymentService } from './grpc.ts';

type Parts = Parameters<ReturnType<typeof paymentService>>[0];

const REVIEW_AFTER_MS = 700;

describe('PaymentService', function () {
  this.timeout(60_000);
  let bed: PaymentBed;
  before(async function () {
    this.timeout(120_000);
    bed = await startPaymentBed(REVIEW_AFTER_MS);
  });
  afterEach(() => bed.setFault('none'));
  after(() => bed.stop());

  const charge = (orderId: string, paymentToken: string) =>
    bed.client.charge({
      requestId: randomUUID(),
      orderId,
      customerId: 'ada',
      paymentToken,
      amount: { currencyCode: 'EUR', units: 37n, nanos: 800_000_000 },
      deadline: undefined,
    });
  const cancel = (orderId: string, requestId = randomUUID()) =>
    bed.client.cancelPayment({ requestId, orderId, customerId: 'ada' });
  const refund = (orderId: string, requestId = randomUUID()) =>
    bed.client.refund({ requestId, orderId, reason: 'changed my mind' });
  const resolve = (orderId: string, resolution: ReviewResolution, providerReference = 'ch_found') =>
    bed.client.resolvePaymentReview({
      requestId: randomUUID(),
      orderId,
      resolution,
      evidence: 'the statement of 2026-01-02',
      operatorId: 'grace',
      providerReference,
    });
  const statusOf = async (orderId: string) => {
    const { payment } = await bed.client.getPayment({ orderId });
    return paymentStatusToJSON(payment?.status ?? PaymentStatus.PAYMENT_STATUS_UNSPECIFIED).replace(
      'PAYMENT_STATUS_',
      '',
    );
  };
  const becomes = async (orderId: string, status: string, withinMs = 20_000) => {
    for (const endMs = performance.now() + withinMs; ; await sleep(50)) {
      const now = await statusOf(orderId);
      if (now === status) return;
      assert.ok(performance.now() < endMs, `it is ${now}, not ${status}`);
    }
  };
  const eventsOf = async (orderId: string) => {
    const id = paymentIdOf(orderId);
    const events = (await readStreams(bed.db, [id])).get(id) ?? [];
    return events.map(({ type }) => shortName(type).replace('Payment', '')).join(' ');
  };
  const ledgerOf = (orderId: string) => {
    const entries = bed.ledger.page(0, 1_000);
    const own = entries.find((entry) => entry.kind === 'charge' && entry.orderId === orderId);
    const refunds = entries.filter((entry) => entry.kind === 'refund' && entry.chargeId === own?.id);
    return `${own ? 1 : 0} charged, ${refunds.length} refunded`;
  };

  it('charges nothing after a cancellation', async () => {
    const orderId = randomUUID();
    const requestId = randomUUID();
    const first = await cancel(orderId, requestId);
    assert.equal(first.payment?.status, PaymentStatus.PAYMENT_STATUS_VOIDED);
    assert.deepEqual(await cancel(orderId, requestId), first);
    assert.equal((await charge(orderId, 'tok_ok')).outcome, ChargeOutcome.CHARGE_OUTCOME_VOIDED);
    assert.equal(ledgerOf(orderId), '0 charged, 0 refunded');
  });

  it('gives back what turns out to be captured after it was cancelled', async () => {
    const orderId = randomUUID();
    await bed.setFault('drop');
    const charging = charge(orderId, 'tok_ok');
    while (ledgerOf(orderId).startsWith('0')) await sleep(5);
    assert.equal((await cancel(orderId)).payment?.status, PaymentStatus.PAYMENT_STATUS_CANCELLING);
    await bed.setFault('none');
    assert.equal((await charging).outcome, ChargeOutcome.CHARGE_OUTCOME_CAPTURED);
    await becomes(orderId, 'REFUNDED');
    assert.equal(await eventsOf(orderId), 'Started CancellationRequested Processed RefundStarted Refunded');
    assert.equal(ledgerOf(orderId), '1 charged, 1 refunded');
  });

  it('refunds once, through lost answers and however often it is asked', async () => {
    const orderId = randomUUID();
    await charge(orderId, 'tok_ok');
    await bed.setFault('drop');
    const requestId = randomUUID();
    const first = await refund(orderId, requestId);
    assert.equal(first.payment?.status, PaymentStatus.PAYMENT_STATUS_CANCELLING);
    assert.deepEqual(await refund(orderId, requestId), first);
    await refund(orderId);
    await cancel(orderId);
    while (!ledgerOf(orderId).endsWith('1 refunded')) await sleep(5);
    await bed.setFault('none');
    await becomes(orderId, 'REFUNDED');
    assert.equal(await eventsOf(orderId), 'Started Processed RefundStarted Refunded');
    assert.equal(ledgerOf(orderId), '1 charged, 1 refunded');
    const { payment } = await bed.client.getPayment({ orderId });
    assert.match(payment?.refundReference ?? '', /^re_/);
  });

  it('tries a refund again that the provider refuses, under another key', async () => {
    const orderId = randomUUID();
    await charge(orderId, 'tok_refund_fails');
    await refund(orderId);
    await becomes(orderId, 'REFUNDED');
    assert.equal(
      await eventsOf(orderId),
      'Started Processed RefundStarted RefundFailed RefundStarted RefundFailed RefundStarted Refunded',
    );
    assert.equal(ledgerOf(orderId), '1 charged, 1 refunded');
  });

  it('does not refund what was never captured', async () => {
    const [unknown, declined] = [randomUUID(), randomUUID()];
    await assert.rejects(refund(unknown), { code: 'NOT_FOUND', reason: 'PAYMENT_UNKNOWN' });
    await charge(declined, 'tok_declined');
    const refusal = { code: 'FAILED_PRECONDITION', reason: 'PAYMENT_NOT_CAPTURED' };
    await assert.rejects(refund(declined), refusal);
    await assert.rejects(resolve(declined, ReviewResolution.REVIEW_RESOLUTION_CAPTURED), {
      code: 'FAILED_PRECONDITION',
      reason: 'PAYMENT_NOT_IN_REVIEW',
    });
  });

  it('does not take a capture without the id under which it can be given back, and names the field', async () => {
    const refused = resolve(randomUUID(), ReviewResolution.REVIEW_RESOLUTION_CAPTURED, '');
    await assert.rejects(refused, (error: OrderlogError) => {
      assert.deepEqual([error.code, error.reason], ['INVALID_ARGUMENT', 'REFERENCE_MISSING']);
      assert.equal(error.violations[0]?.field, 'provider_reference');
      return true;
    });
  });

  /** A charge that the provider never answers, until it needs a review. */
  async function inReview(whileUnknown: (orderId: string) => Promise<unknown> = async () => undefined) {
    const orderId = randomUUID();
    const charging = charge(orderId, 'tok_never');
    while ((await sql`select 1 from tasks where attempts > 0`.execute(bed.db)).rows.length === 0)
      await sleep(5);
    await whileUnknown(orderId);
    await becomes(orderId, 'NEEDS_REVIEW');
    assert.equal((await sql`select 1 from tasks`.execute(bed.db)).rows.length, 0);
    return { orderId, charging };
  }

  for (const [found, resolution, status, outcome] of [
    ['captured', ReviewResolution.REVIEW_RESOLUTION_CAPTURED, 'CAPTURED', 'CAPTURED'],
    ['not charged', ReviewResolution.REVIEW_RESOLUTION_NOT_CHARGED, 'DECLINED', 'DECLINED'],
    ['refunded elsewhere', ReviewResolution.REVIEW_RESOLUTION_REFUNDED_ELSEWHERE, 'REFUNDED', 'CAPTURED'],
  ] as const) {
    it(`asks for a review before the provider forgets the key, and ends as an operator found: ${found}`, async () => {
      const { orderId, charging } = await inReview();
      const { payments } = await bed.client.listPayments({ needsReview: true, pageSize: 0, pageToken: '' });
      assert.deepEqual(
        payments.map((payment) => payment.orderId),
        [orderId],
      );
      assert.match(payments[0]?.message ?? '', /^no definite answer to \d+ calls since /);
      await resolve(orderId, resolution);
      assert.equal(await statusOf(orderId), status);
      assert.equal(chargeOutcomeToJSON((await charging).outcome), `CHARGE_OUTCOME_${outcome}`);
    });
  }

  it('keeps no money if it was cancelled before, or while, it needs a review', async () => {
    for (const { orderId, charging } of [await inReview(cancel), await inReview()]) {
      await cancel(orderId);
      await resolve(orderId, ReviewResolution.REVIEW_RESOLUTION_NOT_CHARGED);
      assert.equal(await statusOf(orderId), 'VOIDED');
      assert.equal((await charging).outcome, ChargeOutcome.CHARGE_OUTCOME_VOIDED);
    }
  });

  it('shows its events where asked for, without the token, and the call that has no definite answer', async () => {
    const orderId = randomUUID();
    const untilOpen = async () => {
      for (;;) {
        const found = await bed.client.getPayment({ orderId, withHistory: true }).catch(() => undefined);
        if (found?.providerCall?.lastError) return found;
        await sleep(5);
      }
    };
    await bed.setFault('drop');
    const charging = charge(orderId, 'tok_ok');
    const open = await untilOpen();
    await bed.setFault('none');
    assert.match(open.providerCall?.lastError ?? '', /^no definite answer: /);
    assert.ok(open.providerCall?.createTime && open.providerCall.attempts > 0);
    await charging;
    const { events, providerCall } = await bed.client.getPayment({ orderId, withHistory: true });
    assert.equal(providerCall, undefined);
    assert.deepEqual(
      events.map(({ type, version }) => [version, type.replace('orderlog.payment.v1.Payment', '')]),
      [
        [1, 'Started'],
        [2, 'Processed'],
      ],
    );
    const [started, processed] = events;
    assert.equal(processed?.cause?.eventId, started?.eventId);
    const { context } = PaymentStarted.decode(started?.event?.value ?? Buffer.alloc(0));
    assert.deepEqual([context?.orderId, context?.sealedPaymentToken], [orderId, undefined]);
    assert.deepEqual((await bed.client.getPayment({ orderId })).events, []);
  });

  it('lists a payment that only a newer version can read, without a status, and those around it', async () => {
    const [orderId, other] = [randomUUID(), randomUUID()];
    await charge(orderId, 'tok_ok');
    await charge(other, 'tok_ok');
    const write = (status: string) =>
      sql`update payments set status = ${status} where order_id = ${orderId}::uuid`.execute(bed.db);
    await write('gift-wrapped');
    try {
      const { payments } = await bed.client.listPayments({
        needsReview: false,
        pageSize: 1_000,
        pageToken: '',
      });
      const found = payments.find((payment) => payment.orderId === orderId);
      assert.partialDeepStrictEqual(found, {
        customerId: 'ada',
        status: PaymentStatus.PAYMENT_STATUS_UNSPECIFIED,
        amount: { currencyCode: 'EUR', units: 37n, nanos: 800_000_000 },
      });
      assert.ok(payments.some((payment) => payment.orderId === other));
    } finally {
      await write('captured');
    }
  });

  it('lists all payments by page, and refuses a page token that is none', async () => {
    const seen: string[] = [];
    for (let pageToken = ''; ; ) {
      const page = await bed.client.listPayments({ needsReview: false, pageSize: 3, pageToken });
      seen.push(...page.payments.map(({ paymentId }) => paymentId));
      pageToken = page.nextPageToken;
      if (pageToken === '') break;
    }
    const { rows } = await sql<{
      id: string;
    }>`select payment_id::text as id from payments order by 1`.execute(bed.db);
    assert.deepEqual(
      seen,
      rows.map(({ id }) => id),
    );
    await assert.rejects(bed.client.listPayments({ needsReview: false, pageSize: 3, pageToken: 'x' }), {
      code: 'INVALID_ARGUMENT',
      reason: 'PAGE_TOKEN_INVALID',
    });
  });
});

describe('ResolvePaymentReview', () => {
  it('settles in the name of him alone whose token it is', async () => {
    const submitted: { readonly command: unknown }[] = [];
    const queue = {
      async submit(work: { readonly command: unknown }) {
        submitted.push(work);
        return new Uint8Array();
      },
    };
    const tokenKeys = { current: 'k1', keys: new Map<string, Buffer>() };
    const server = createGrpcServer({
      logger: pino({ level: 'silent' }),
      services: paymentService(tokenKeys, watchCharges())({ queue } as unknown as Parts),
      listen: { host: '127.0.0.1', port: 0 },
      listenVariable: 'LISTEN',
      admit: () => ({ ...ANYBODY, caller: 'grace', bearer: 'her token' }),
    });
    const client = createClient(PaymentServiceService, `127.0.0.1:${await server.start()}`);
    const resolveAs = (operatorId: string) =>
      client.resolvePaymentReview({
        requestId: randomUUID(),
        orderId: randomUUID(),
        resolution: ReviewResolution.REVIEW_RESOLUTION_NOT_CHARGED,
        evidence: 'the statement of 2026-01-02',
        operatorId,
        providerReference: '',
      });
    try {
      await assert.rejects(resolveAs('ada'), (error: OrderlogError) => {
        assert.deepEqual([error.code, error.reason], ['PERMISSION_DENIED', 'OPERATOR_NOT_CALLER']);
        assert.equal(error.violations[0]?.field, 'operator_id');
        return true;
      });
      assert.deepEqual(submitted, []);
      await resolveAs('grace');
      assert.equal(submitted.length, 1);
    } finally {
      client.close();
      await server.drain(500);
    }
  });
});
