/**
 * The order as the conductor of its own saga (ORCHESTRATION and DIRECT): the requests that follow upon an event of the order.
 * Which they are is read off the saga's definition; here only what each of them says. By orchestration they are events that
 * Catalog and Payment obey (decide.ts), by the direct saga calls that Order makes itself (direct/).
 */
import { shortName } from '../../../platform/events.ts';
import { required } from '../../../platform/policies.ts';
import { requestsUpon } from '../../../platform/saga/conductor.ts';
import { readSaga } from '../../../platform/saga/definition.ts';
import { type OrderEvent, orderEvents } from './events.ts';

type As<T extends OrderEvent['type']> = Extract<OrderEvent, { type: T }>;
export type OrderRequest = As<
  | 'ReserveItemsRequested'
  | 'ChargeRequested'
  | 'ConfirmRequested'
  | 'ReleaseRequested'
  | 'ReturnRequested'
  | 'CancelPaymentRequested'
>;

const upon = requestsUpon(readSaga('place-order'));

export const requestsAfter = (event: OrderEvent): readonly OrderRequest[] =>
  upon(orderEvents.fullName(event.type)).map((type) =>
    requestOf(shortName(type) as OrderRequest['type'], event),
  );

function requestOf(name: OrderRequest['type'], cause: OrderEvent): OrderRequest {
  const { context } = cause.data;
  switch (name) {
    case 'ReserveItemsRequested':
      return { type: name, data: { context, lines: as('OrderCreated', cause).data.lines } };
    case 'ChargeRequested': {
      const amount = required(as('OrderItemsReserved', cause).data.total, 'total');
      return { type: name, data: { context, amount } };
    }
    case 'CancelPaymentRequested': {
      const { reason, message } = as('OrderCancellationRequested', cause).data;
      return { type: name, data: { context, reason, message } };
    }
    case 'ConfirmRequested':
    case 'ReleaseRequested':
    case 'ReturnRequested':
      return { type: name, data: { context } };
    default:
      name satisfies never;
      throw new Error(`the definition asks for ${name}, which Order cannot put together`);
  }
}

function as<T extends OrderEvent['type']>(type: T, event: OrderEvent): As<T> {
  if (event.type === type) return event as As<T>;
  throw new Error(`the definition has a request follow upon ${event.type} that is made of ${type}`);
}
