/** The Catalog service: keeps items and stock, and holds goods for orders. */
import { loadConfig } from '../../platform/config.ts';
import { runService } from '../../platform/lifecycle.ts';
import { definePolicies } from '../../platform/policies.ts';
import { serviceConfig } from '../../platform/serviceConfig.ts';
import { startWriteService } from '../../platform/writeService.ts';
import {
  OrderCancelled,
  OrderCompleted,
  OrderCreated,
  OrderRefunded,
} from '../../proto/gen/orderlog/order/v1/events.ts';
import { CATALOG, ORDERS } from '../../proto/streams.ts';
import type { CatalogCommand } from './domain/commands.ts';
import { catalogService } from './grpc.ts';
import { catalogModel } from './model.ts';
import { onOrderCancelled } from './policies/onOrderCancelled.ts';
import { onOrderCompleted } from './policies/onOrderCompleted.ts';
import { onOrderCreated } from './policies/onOrderCreated.ts';
import { onOrderRefunded } from './policies/onOrderRefunded.ts';

const orderEvents = { OrderCreated, OrderCompleted, OrderCancelled, OrderRefunded };

runService('catalog', async (lifecycle) => {
  await startWriteService(lifecycle, loadConfig(serviceConfig), {
    model: catalogModel,
    stream: CATALOG,
    migrations: { scope: 'catalog', folder: new URL('sql', import.meta.url).pathname },
    subscriptions: [
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
    ],
    services: catalogService,
  });
});
