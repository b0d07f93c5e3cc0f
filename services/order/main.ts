/** The Order service: takes orders, and ends them by what Catalog and Payment report. */
import { join } from 'node:path';
import { integer, keyring, loadConfig, secretKey } from '../../platform/config.ts';
import { runService } from '../../platform/lifecycle.ts';
import { definePolicies } from '../../platform/policies.ts';
import { serviceConfig } from '../../platform/serviceConfig.ts';
import { startWriteService } from '../../platform/writeService.ts';
import { ItemsReserved, ReserveFailed } from '../../proto/gen/orderlog/catalog/v1/events.ts';
import { PaymentFailed, PaymentProcessed } from '../../proto/gen/orderlog/payment/v1/events.ts';
import { CATALOG, ORDERS, PAYMENTS } from '../../proto/streams.ts';
import type { OrderCommand } from './domain/commands.ts';
import { orderService } from './grpc.ts';
import { orderModel } from './model.ts';
import { onItemsReserved } from './policies/onItemsReserved.ts';
import { onPaymentFailed } from './policies/onPaymentFailed.ts';
import { onPaymentProcessed } from './policies/onPaymentProcessed.ts';
import { onReserveFailed } from './policies/onReserveFailed.ts';

const catalogEvents = { ItemsReserved, ReserveFailed };
const paymentEvents = { PaymentProcessed, PaymentFailed };

runService('order', async (lifecycle) => {
  const config = loadConfig({
    ...serviceConfig,
    /** Seals payment tokens; Payment has the same. */
    ORDERLOG_TOKEN_KEYS: keyring(),
    /** Signs consistency tokens; the gateway has the same. */
    ORDERLOG_CONSISTENCY_KEY: secretKey(),
    /** How long an order may take to end. */
    ORDERLOG_ORDER_DEADLINE_SECONDS: integer(10, 604_800, 'seconds').default(900),
  });
  await startWriteService(lifecycle, config, {
    model: orderModel,
    stream: ORDERS,
    migrations: { scope: 'order', folder: join(import.meta.dirname, 'sql') },
    subscriptions: [
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
    ],
    services: orderService({
      tokenKeys: config.ORDERLOG_TOKEN_KEYS,
      consistencyKey: config.ORDERLOG_CONSISTENCY_KEY,
      deadlineMs: config.ORDERLOG_ORDER_DEADLINE_SECONDS * 1_000,
    }),
  });
});
