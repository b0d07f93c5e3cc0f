/** What Catalog reacts to. */
import { definePolicies } from '../../platform/policies.ts';
import type { Subscription } from '../../platform/writeService.ts';
import {
  OrderCancelled,
  OrderCompleted,
  OrderCreated,
  OrderRefunded,
} from '../../proto/gen/orderlog/order/v1/events.ts';
import { ORDERS } from '../../proto/streams.ts';
import type { CatalogCommand } from './domain/commands.ts';
import { onOrderCancelled } from './policies/onOrderCancelled.ts';
import { onOrderCompleted } from './policies/onOrderCompleted.ts';
import { onOrderCreated } from './policies/onOrderCreated.ts';
import { onOrderRefunded } from './policies/onOrderRefunded.ts';

const orderEvents = { OrderCreated, OrderCompleted, OrderCancelled, OrderRefunded };

export const catalogSubscriptions: readonly Subscription<CatalogCommand>[] = [
  {
    name: 'catalog.orders',
    stream: ORDERS,
    policies: definePolicies<typeof orderEvents, CatalogCommand>(ORDERS.protoPackage, orderEvents, {
      OrderCreated: onOrderCreated,
      OrderCompleted: onOrderCompleted,
      OrderCancelled: onOrderCancelled,
      OrderRefunded: onOrderRefunded,
    }),
  },
];
