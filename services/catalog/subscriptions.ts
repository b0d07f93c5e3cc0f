/** What Catalog reacts to. */
import { definePolicies } from '../../platform/policies.ts';
import type { Subscription } from '../../platform/writeService/spec.ts';
import {
  ConfirmRequested,
  OrderCancelled,
  OrderCompleted,
  OrderCreated,
  OrderRefunded,
  ReleaseRequested,
  ReserveItemsRequested,
  ReturnRequested,
} from '../../proto/gen/orderlog/order/v1/events.ts';
import { ORDERS } from '../../proto/streams.ts';
import type { CatalogCommand } from './domain/commands.ts';
import { onConfirmRequested } from './policies/onConfirmRequested.ts';
import { onOrderCancelled } from './policies/onOrderCancelled.ts';
import { onOrderCompleted } from './policies/onOrderCompleted.ts';
import { onOrderCreated } from './policies/onOrderCreated.ts';
import { onOrderRefunded } from './policies/onOrderRefunded.ts';
import { onReleaseRequested } from './policies/onReleaseRequested.ts';
import { onReserveItemsRequested } from './policies/onReserveItemsRequested.ts';
import { onReturnRequested } from './policies/onReturnRequested.ts';

/** By choreography the order's own events, by orchestration what it asks for. */
const orderEvents = {
  OrderCreated,
  OrderCompleted,
  OrderCancelled,
  OrderRefunded,
  ReserveItemsRequested,
  ConfirmRequested,
  ReleaseRequested,
  ReturnRequested,
};

export const catalogSubscriptions: readonly Subscription<CatalogCommand>[] = [
  {
    name: 'catalog.orders',
    stream: ORDERS,
    policies: definePolicies<typeof orderEvents, CatalogCommand>(ORDERS.protoPackage, orderEvents, {
      OrderCreated: onOrderCreated,
      OrderCompleted: onOrderCompleted,
      OrderCancelled: onOrderCancelled,
      OrderRefunded: onOrderRefunded,
      ReserveItemsRequested: onReserveItemsRequested,
      ConfirmRequested: onConfirmRequested,
      ReleaseRequested: onReleaseRequested,
      ReturnRequested: onReturnRequested,
    }),
  },
];
