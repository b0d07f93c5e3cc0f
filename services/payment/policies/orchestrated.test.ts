import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { moneyOf } from '../../../platform/money.ts';
import { CancelPaymentRequested, ChargeRequested } from '../../../proto/gen/orderlog/order/v1/events.ts';
import { SagaMode } from '../../../proto/gen/orderlog/saga/v1/saga.ts';
import { cancelPayment, context, startCharge } from '../domain/samples.testing.ts';
import { onCancelPaymentRequested } from './onCancelPaymentRequested.ts';
import { onChargeRequested } from './onChargeRequested.ts';

const orchestrated = { ...context, mode: SagaMode.SAGA_MODE_ORCHESTRATION };
const amount = moneyOf(startCharge.amount);
const charge = (more: Partial<ChargeRequested> = {}) =>
  ChargeRequested.fromPartial({ context: orchestrated, amount, ...more });
const cancel = (more: Partial<CancelPaymentRequested> = {}) =>
  CancelPaymentRequested.fromPartial({ context: orchestrated, message: cancelPayment.message, ...more });

describe('Payment, when an orchestrator asks', () => {
  it('charges the amount that it is told', () =>
    assert.deepEqual(onChargeRequested(charge()), { ...startCharge, context: orchestrated }));

  it('keeps no money of an order that is given up', () =>
    assert.deepEqual(onCancelPaymentRequested(cancel()), { ...cancelPayment, context: orchestrated }));

  it('obeys nobody where no orchestrator drives the saga', () => {
    for (const mode of [SagaMode.SAGA_MODE_CHOREOGRAPHY, SagaMode.SAGA_MODE_DIRECT, 99 as SagaMode]) {
      const other = { context: { ...context, mode } };
      assert.equal(onChargeRequested(charge(other)), undefined);
      assert.equal(onCancelPaymentRequested(cancel(other)), undefined);
    }
  });

  it('refuses an event that cannot be charged', () => {
    assert.throws(() => onChargeRequested(charge({ amount: undefined })), /lacks amount/);
    const unsealed = { ...orchestrated, sealedPaymentToken: undefined };
    assert.throws(() => onChargeRequested(charge({ context: unsealed })), /sealed_payment_token/);
  });
});
