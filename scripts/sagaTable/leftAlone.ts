/** The events of the log that a service has no policy for. */
import { catalogEvents } from '../../services/catalog/domain/events.ts';
import { orderEvents } from '../../services/order/domain/events.ts';
import { paymentEvents } from '../../services/payment/domain/events.ts';

const types: readonly string[] = [...orderEvents.types, ...catalogEvents.types, ...paymentEvents.types];

/** Full names of the other services' events, without those that it reads. */
export const leftAloneBy = (ownPackage: string, subscribed: readonly string[]): string[] =>
  types.filter((type) => !type.startsWith(`${ownPackage}.`) && !subscribed.includes(type));
