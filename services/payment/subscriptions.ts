/** What Payment reacts to. */
import { definePolicies } from '../../platform/policies.ts';
import type { Subscription } from '../../platform/writeService/spec.ts';
import { ItemsReserved } from '../../proto/gen/orderlog/catalog/v1/events.ts';
import {
  CancelPaymentRequested,
  ChargeRequested,
  OrderCancellationRequested,
} from '../../proto/gen/orderlog/order/v1/events.ts';
import { CATALOG, ORDERS } from '../../proto/streams.ts';
import type { PaymentCommand } from './domain/commands.ts';
import { onCancelPaymentRequested } from './policies/onCancelPaymentRequested.ts';
import { onChargeRequested } from './policies/onChargeRequested.ts';
import { onItemsReserved } from './policies/onItemsReserved.ts';
import { onOrderCancellationRequested } from './policies/onOrderCancellationRequested.ts';

const catalogEvents = { ItemsReserved };
const orderEvents = { OrderCancellationRequested, ChargeRequested, CancelPaymentRequested };

export const paymentSubscriptions: readonly Subscription<PaymentCommand>[] = [
  {
    name: 'payment.catalog',
    stream: CATALOG,
    policies: definePolicies<typeof catalogEvents, PaymentCommand>(CATALOG.protoPackage, catalogEvents, {
      ItemsReserved: onItemsReserved,
    }),
  },
  {
    name: 'payment.orders',
    stream: ORDERS,
    policies: definePolicies<typeof orderEvents, PaymentCommand>(ORDERS.protoPackage, orderEvents, {
      OrderCancellationRequested: onOrderCancellationRequested,
      ChargeRequested: onChargeRequested,
      CancelPaymentRequested: onCancelPaymentRequested,
    }),
  },
];
