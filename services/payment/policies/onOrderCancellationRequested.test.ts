import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { OrderCancellationRequested } from '../../../proto/gen/orderlog/order/v1/events.ts';
import { CancellationReason } from '../../../proto/gen/orderlog/order/v1/types.ts';
import { SagaMode } from '../../../proto/gen/orderlog/saga/v1/saga.ts';
import { cancelPayment, context } from '../domain/samples.testing.ts';
import { onOrderCancellationRequested } from './onOrderCancellationRequested.ts';

const requested = (more: Partial<OrderCancellationRequested> = {}) =>
  OrderCancellationRequested.fromPartial({
    context,
    reason: CancellationReason.CANCELLATION_REASON_CUSTOMER_REQUEST,
    message: cancelPayment.message,
    ...more,
  });

describe('Payment, when the cancellation of an order is requested', () => {
  it('keeps no money for it', () =>
    assert.deepEqual(onOrderCancellationRequested(requested()), cancelPayment));

  it('says why even where nobody gave words', () =>
    assert.equal(
      onOrderCancellationRequested(requested({ message: '' }))?.message,
      'CANCELLATION_REASON_CUSTOMER_REQUEST',
    ));

  it('leaves sagas of other modes alone', () => {
    for (const mode of [SagaMode.SAGA_MODE_DIRECT, SagaMode.SAGA_MODE_ORCHESTRATION, 99 as SagaMode]) {
      assert.equal(onOrderCancellationRequested(requested({ context: { ...context, mode } })), undefined);
    }
  });

  it('refuses an event without a context', () =>
    assert.throws(() => onOrderCancellationRequested(requested({ context: undefined })), /lacks context/));
});
