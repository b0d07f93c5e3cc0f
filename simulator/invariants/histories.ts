/** What every service knows of one order: its events there, decoded, in the order of all commits. */
import type { CatalogEvent } from '../../services/catalog/domain/events.ts';
import type { OrderEvent } from '../../services/order/domain/events.ts';
import { paymentIdOf } from '../../services/payment/domain/commands.ts';
import type { PaymentEvent } from '../../services/payment/domain/events.ts';
import type { SimService, World } from '../world.ts';

type Told<E> = E & { readonly commit: number; readonly time: Date };

export interface History {
  readonly orderId: string;
  readonly order: readonly Told<OrderEvent>[];
  readonly reservation: readonly Told<CatalogEvent>[];
  readonly payment: readonly Told<PaymentEvent>[];
}

/** By order id: of whatever has left a trace in any service. */
export function historiesOf(world: World): readonly History[] {
  const { order, catalog, payment } = world.services;
  const orderIds = new Set(order.store.streams.keys());
  for (const { payload, type } of payment.store.events) {
    const event = payment.parts.model.codec.decode(type, payload) as PaymentEvent | undefined;
    if (event?.data.context) orderIds.add(event.data.context.orderId);
  }
  return [...orderIds].map((orderId) => ({
    orderId,
    order: eventsOf(order, orderId),
    reservation: eventsOf(catalog, `reservation/${orderId}`),
    payment: eventsOf(payment, paymentIdOf(orderId)),
  }));
}

function eventsOf<E>({ store, parts }: SimService, streamId: string): readonly Told<E>[] {
  return (store.streams.get(streamId) ?? []).map(({ type, payload, commit, time }) => ({
    ...(parts.model.codec.decode(type, payload) as E),
    commit,
    time,
  }));
}

/** The events of one type. */
export const ofType = <E extends { readonly type: string }, T extends E['type']>(
  events: readonly E[],
  type: T,
): readonly Extract<E, { type: T }>[] =>
  events.filter((event): event is Extract<E, { type: T }> => event.type === type);
