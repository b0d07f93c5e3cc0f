/** What Payment reacts to. */
import { definePolicies } from '../../platform/policies.ts';
import type { Subscription } from '../../platform/writeService.ts';
import { ItemsReserved } from '../../proto/gen/orderlog/catalog/v1/events.ts';
import { CATALOG } from '../../proto/streams.ts';
import type { PaymentCommand } from './domain/commands.ts';
import { onItemsReserved } from './policies/onItemsReserved.ts';

const catalogEvents = { ItemsReserved };

export const paymentSubscriptions: readonly Subscription<PaymentCommand>[] = [
  {
    name: 'payment.catalog',
    stream: CATALOG,
    policies: definePolicies<typeof catalogEvents, PaymentCommand>(CATALOG.protoPackage, catalogEvents, {
      ItemsReserved: onItemsReserved,
    }),
  },
];
