/** What Order reacts to. */
import { definePolicies } from '../../platform/policies.ts';
import type { Subscription } from '../../platform/writeService/spec.ts';
import { ItemsReserved, ReserveFailed } from '../../proto/gen/orderlog/catalog/v1/events.ts';
import {
  PaymentFailed,
  PaymentNeedsReview,
  PaymentProcessed,
  PaymentRefunded,
  PaymentVoided,
} from '../../proto/gen/orderlog/payment/v1/events.ts';
import { CATALOG, PAYMENTS } from '../../proto/streams.ts';
import type { OrderCommand } from './domain/commands.ts';
import { onItemsReserved } from './policies/onItemsReserved.ts';
import { onPaymentFailed } from './policies/onPaymentFailed.ts';
import { onPaymentNeedsReview } from './policies/onPaymentNeedsReview.ts';
import { onPaymentProcessed } from './policies/onPaymentProcessed.ts';
import { onPaymentRefunded } from './policies/onPaymentRefunded.ts';
import { onPaymentVoided } from './policies/onPaymentVoided.ts';
import { onReserveFailed } from './policies/onReserveFailed.ts';

const catalogEvents = { ItemsReserved, ReserveFailed };
/** The others (begun, asked for, tried again, settled) are followed by one of these. */
const paymentEvents = { PaymentProcessed, PaymentFailed, PaymentVoided, PaymentRefunded, PaymentNeedsReview };

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
      PaymentVoided: onPaymentVoided,
      PaymentRefunded: onPaymentRefunded,
      PaymentNeedsReview: onPaymentNeedsReview,
    }),
  },
];
