import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { Payment } from '../../proto/gen/orderlog/payment/v1/payment_service.ts';
import { PaymentStatus as Status } from '../../proto/gen/orderlog/payment/v1/types.ts';
import { type AtProvider, differencesOf } from './compare.ts';
import type { LedgerCharge, LedgerRefund } from './ledger.ts';

const charge: LedgerCharge = {
  kind: 'charge',
  key: 'p',
  id: 'ch_1',
  orderId: 'o',
  status: 'captured',
  amountMinor: '3780',
  currency: 'EUR',
};
const refund: LedgerRefund = {
  kind: 'refund',
  key: 'r',
  id: 're_1',
  chargeId: 'ch_1',
  amountMinor: '3780',
  currency: 'EUR',
};
const none: AtProvider = { refunds: [] };
const declined: AtProvider = { charge: { ...charge, status: 'declined' }, refunds: [] };
const captured: AtProvider = { charge, refunds: [] };
const givenBack: AtProvider = { charge, refunds: [refund] };

const payment = (status: Status, more: Partial<Payment> = {}) =>
  Payment.fromPartial({
    paymentId: 'p',
    orderId: 'o',
    amount: { currencyCode: 'EUR', units: 37n, nanos: 800_000_000 },
    providerReference: 'ch_1',
    ...more,
    status,
  });
const open = { providerReference: '' };
const back = { refundReference: 're_1' };

describe("a payment and the provider's ledger", () => {
  it('agree, also while the outcome is on its way between the two', () => {
    for (const [mine, theirs] of [
      [undefined, none],
      [payment(Status.PAYMENT_STATUS_STARTED, open), none],
      [payment(Status.PAYMENT_STATUS_STARTED, open), captured],
      [payment(Status.PAYMENT_STATUS_STARTED, open), declined],
      [payment(Status.PAYMENT_STATUS_NEEDS_REVIEW, open), captured],
      [payment(Status.PAYMENT_STATUS_CANCELLING, open), captured],
      [payment(Status.PAYMENT_STATUS_CAPTURED), captured],
      [payment(Status.PAYMENT_STATUS_DECLINED, open), declined],
      [payment(Status.PAYMENT_STATUS_VOIDED, open), none],
      [payment(Status.PAYMENT_STATUS_CANCELLING), captured],
      [payment(Status.PAYMENT_STATUS_CANCELLING), givenBack],
      [payment(Status.PAYMENT_STATUS_REFUNDED, back), givenBack],
      [payment(Status.PAYMENT_STATUS_REFUNDED, open), none],
    ] as const) {
      assert.deepEqual(differencesOf(mine, theirs), []);
    }
  });

  for (const [what, mine, theirs, expected] of [
    ['a charge that nobody knows', undefined, captured, /no such payment/],
    ['a capture that was not', payment(Status.PAYMENT_STATUS_CAPTURED), none, /^captured here, and not/],
    [
      'a decline here only',
      payment(Status.PAYMENT_STATUS_DECLINED, open),
      captured,
      /^declined here, and captured/,
    ],
    [
      'a charge after a tombstone',
      payment(Status.PAYMENT_STATUS_VOIDED, open),
      captured,
      /^voided here, and captured/,
    ],
    [
      'a refund that nobody asked for',
      payment(Status.PAYMENT_STATUS_CAPTURED),
      givenBack,
      /^given back at the provider, and not/,
    ],
    [
      'a refund that was not',
      payment(Status.PAYMENT_STATUS_REFUNDED, back),
      captured,
      /^refund re_1 is done here/,
    ],
    [
      'nothing to give back',
      payment(Status.PAYMENT_STATUS_CANCELLING),
      declined,
      /not captured at the provider/,
    ],
    [
      'another amount',
      payment(Status.PAYMENT_STATUS_CAPTURED),
      { charge: { ...charge, amountMinor: '3781' }, refunds: [] },
      /^3780 EUR here, 3781 EUR at the provider/,
    ],
    [
      'another charge',
      payment(Status.PAYMENT_STATUS_CAPTURED, { providerReference: 'ch_2' }),
      captured,
      /^charge ch_2 here, ch_1/,
    ],
    [
      'a part given back',
      payment(Status.PAYMENT_STATUS_REFUNDED, back),
      { charge, refunds: [{ ...refund, amountMinor: '1' }] },
      /^1 given back at the provider, of 3780/,
    ],
  ] as const) {
    it(`differ: ${what}`, () => {
      const found = differencesOf(mine, theirs);
      assert.equal(found.length, 1, found.join('; '));
      assert.match(found[0] ?? '', expected);
    });
  }
});
