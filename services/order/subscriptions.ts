/** What Order reacts to. */
import { definePolicies } from '../../platform/policies.ts';
import type { Subscription } from '../../platform/writeService.ts';
import { ItemsReserved, ReserveFailed } from '../../proto/gen/orderlog/catalog/v1/events.ts';
import { PaymentFailed, PaymentProcessed } from '../../proto/gen/orderlog/payment/v1/events.ts';
import { CATALOG, PAYMENTS } from '../../proto/streams.ts';
import type { OrderCommand } from './domain/commands.ts';
import { onItemsReserved } from './policies/onItemsReserved.ts';
import { onPaymentFailed } from './policies/onPaymentFailed.ts';
import { onPaymentProcessed } from './policies/onPaymentProcessed.ts';
import { onReserveFailed } from './policies/onReserveFailed.ts';

const catalogEvents = { ItemsReserved, ReserveFailed };
const paymentEvents = { PaymentProcessed, PaymentFailed };

export const orderSubscriptions: readonly Subscription<OrderCommand>[] = [
  {
    name: 'order.catalog',
    stream: CATALOG,
    policies: definePolicies<typeof catalogEvents, OrderCommand>(CATALOG.protoPackage, catalogEvents, {
      ItemsReserved: onItemsReserved,
      ReserveFailed: onReserveFailed,
    }),
  },
  {
    name: 'order.payments',
    stream: PAYMENTS,
    policies: definePolicies<typeof paymentEvents, OrderCommand>(PAYMENTS.protoPackage, paymentEvents, {
      PaymentProcessed: onPaymentProcessed,
      PaymentFailed: onPaymentFailed,
    }),
  },
];
