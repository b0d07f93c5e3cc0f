import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { ANYBODY } from '../../platform/access/caller.ts';
import { type ErrorCode, OrderlogError } from '../../platform/errors.ts';
import { ListOrdersRequest } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { listOf, orderOf } from './orderService.ts';

const call = { deadline: undefined, signal: new AbortController().signal, traceparent: '', ...ANYBODY };
const violations = [{ field: 'page_size', description: 'must be less' }];

function failing(code: ErrorCode, more: { readonly retryAfterMs?: number } = {}) {
  const error = new OrderlogError(code, 'OF_A_TEST', 'of a test', { violations, ...more });
  const orders = { getOrder: () => Promise.reject(error), listOrders: () => Promise.reject(error) };
  const ofList = () => listOf(orders, ListOrdersRequest.fromPartial({}), call);
  const ofOrder = () => orderOf(orders, { orderId: 'a' }, call, 'it cannot be asked for a');
  return { error, ofList, ofOrder };
}

describe('what the Order service says to the gateway', () => {
  const answers: readonly ErrorCode[] = [
    'INVALID_ARGUMENT',
    'UNAUTHENTICATED',
    'PERMISSION_DENIED',
    'FAILED_PRECONDITION',
    'RESOURCE_EXHAUSTED',
    'DEADLINE_EXCEEDED',
    'UNIMPLEMENTED',
    'INTERNAL',
  ];
  for (const code of answers) {
    it(`stands as it is, with its reason and its details: ${code}`, async () => {
      const { error, ofList, ofOrder } = failing(code, { retryAfterMs: 7_000 });
      for (const ask of [ofList, ofOrder]) await assert.rejects(ask(), (thrown) => thrown === error);
    });
  }

  it('stands where there is no such thing; of an order that is said in the same words to all', async () => {
    const { error, ofList, ofOrder } = failing('NOT_FOUND');
    await assert.rejects(ofList(), (thrown) => thrown === error);
    await assert.rejects(ofOrder(), { code: 'NOT_FOUND', reason: 'ORDER_NOT_FOUND' });
  });

  it('is UNAVAILABLE, with when to repeat it, where the service cannot be heard', async () => {
    const unheard = { code: 'UNAVAILABLE', reason: 'ORDER_SERVICE_UNAVAILABLE' };
    for (const code of ['UNAVAILABLE', 'CANCELLED'] as const) {
      const { ofList, ofOrder } = failing(code);
      await assert.rejects(ofList(), { ...unheard, retryAfterMs: 1_000 });
      await assert.rejects(ofOrder(), { ...unheard, message: 'it cannot be asked for a: of a test' });
    }
    const later = failing('UNAVAILABLE', { retryAfterMs: 3_000 });
    await assert.rejects(later.ofList(), { ...unheard, retryAfterMs: 3_000 });
  });
});
