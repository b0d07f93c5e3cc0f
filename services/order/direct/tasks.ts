/**
 * The calls of a direct saga as tasks: what by orchestration would be an event of the order (domain/requests.ts) is a row in
 * the transaction of the event that it follows upon. So no call is forgotten: whoever dies before its answer is committed
 * leaves it to the next lease, which repeats it under the same request id.
 *
 * Each call is made for one order at most once, but for the cancellation of its payment: once before the order's end or
 * upon its refund, and once more where money came in after an end.
 */
import type { EventMeta } from '../../../platform/decider.ts';
import { derivedId, eventIdOf } from '../../../platform/ids.ts';
import { required } from '../../../platform/policies.ts';
import { readTaskPayload, taskPayload } from '../../../platform/taskPayload.ts';
import type { Task } from '../../../platform/tasks.ts';
import type { NewTask } from '../../../platform/writeModel.ts';
import { CancellationReason } from '../../../proto/gen/orderlog/order/v1/types.ts';
import { SagaMode } from '../../../proto/gen/orderlog/saga/v1/saga.ts';
import { ORDERS } from '../../../proto/streams.ts';
import { type OrderEvent, orderEvents } from '../domain/events.ts';
import { type OrderRequest, requestsAfter } from '../domain/requests.ts';

/** Names a call within its order. */
export type CallName = OrderRequest['type'] | typeof AFTER_THE_END;

const AFTER_THE_END = 'CancelPaymentRequested after the end';

/** The name under which a call is made once more, where money came in after an end. */
export const lateCallName = (call: CallName): readonly CallName[] =>
  call === 'CancelPaymentRequested' ? [AFTER_THE_END] : [];

export const callTaskIdOf = (orderId: string, call: CallName): string =>
  derivedId(`task/step/${orderId}/${call}`);

/** The idempotency key of a call. */
export const callRequestIdOf = (orderId: string, call: CallName): string =>
  derivedId(`step/${orderId}/${call}`);

function callNameOf({ type, data }: OrderRequest): CallName {
  const isLate =
    'reason' in data && data.reason === CancellationReason.CANCELLATION_REASON_CAPTURED_AFTER_END;
  return isLate ? AFTER_THE_END : type;
}

/** What an event of the order makes it call for; nothing where somebody else drives the saga. */
export function callTasks(event: OrderEvent, { version }: EventMeta): readonly NewTask[] {
  if (event.data.context?.mode !== SagaMode.SAGA_MODE_DIRECT) return [];
  const { orderId } = event.data.context;
  return requestsAfter(event).map((request) => ({
    taskId: callTaskIdOf(orderId, callNameOf(request)),
    kind: request.type,
    payload: taskPayload(version, orderEvents.encode(request)),
  }));
}

/** A call that is to be made. */
export interface PendingCall<T extends OrderRequest['type']> {
  readonly request: Extract<OrderRequest, { type: T }>['data'];
  readonly orderId: string;
  /** The idempotency key of the call. */
  readonly requestId: string;
  /** The event of the order upon which it is made. */
  readonly cause: { readonly stream: string; readonly eventId: string };
}

/** Throws where the payload is no such request. */
export function readCall<T extends OrderRequest['type']>(type: T, { payload }: Task): PendingCall<T> {
  const { version, message } = readTaskPayload(payload);
  const request = orderEvents.decode(orderEvents.fullName(type), message) as Extract<
    OrderRequest,
    { type: T }
  >;
  const { orderId } = required(request.data.context, 'context');
  return {
    request: request.data as PendingCall<T>['request'],
    orderId,
    requestId: callRequestIdOf(orderId, callNameOf(request)),
    cause: { stream: ORDERS.name, eventId: eventIdOf('order', orderId, version) },
  };
}
