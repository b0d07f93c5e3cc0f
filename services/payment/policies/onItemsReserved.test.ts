import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { moneyOf } from '../../../platform/money.ts';
import { ItemsReserved } from '../../../proto/gen/orderlog/catalog/v1/events.ts';
import { SagaMode } from '../../../proto/gen/orderlog/saga/v1/saga.ts';
import { amount, context, startCharge } from '../domain/samples.testing.ts';
import { onItemsReserved } from './onItemsReserved.ts';

const reserved = (more: Partial<ItemsReserved> = {}) =>
  ItemsReserved.fromPartial({ context, total: moneyOf(amount), ...more });

describe('Payment, when items are reserved', () => {
  it('charges their total', () => assert.deepEqual(onItemsReserved(reserved()), startCharge));

  it('leaves sagas of other modes alone', () => {
    const direct = { ...context, mode: SagaMode.SAGA_MODE_DIRECT };
    assert.equal(onItemsReserved(reserved({ context: direct })), undefined);
  });

  it('refuses an event that cannot be charged', () => {
    assert.throws(() => onItemsReserved(reserved({ total: undefined })), /lacks total/);
    assert.throws(
      () => onItemsReserved(reserved({ context: { ...context, sealedPaymentToken: undefined } })),
      /sealed_payment_token/,
    );
    const unknown = { currencyCode: 'XYZ', units: 1n, nanos: 0 };
    assert.throws(() => onItemsReserved(reserved({ total: unknown })), /currency/);
  });
});
