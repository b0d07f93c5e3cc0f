/** The Order service: takes orders, and ends them by what Catalog and Payment report. */
import { join } from 'node:path';
import { integer, keyring, loadConfig, secretKey } from '../../platform/config.ts';
import { runService } from '../../platform/lifecycle.ts';
import { serviceConfig } from '../../platform/serviceConfig.ts';
import { startWriteService } from '../../platform/writeService.ts';
import { ORDERS } from '../../proto/streams.ts';
import { reportAlarms } from './alarms.ts';
import { timerCommands } from './deadline.ts';
import { orderService } from './grpc.ts';
import { orderModel } from './model.ts';
import { orderSubscriptions } from './subscriptions.ts';

runService('order', async (lifecycle) => {
  const config = loadConfig({
    ...serviceConfig,
    /** Seals payment tokens; Payment has the same. */
    ORDERLOG_TOKEN_KEYS: keyring(),
    /** Signs consistency tokens; the gateway has the same. */
    ORDERLOG_CONSISTENCY_KEY: secretKey(),
    /** How long an order may take to end. */
    ORDERLOG_ORDER_DEADLINE_SECONDS: integer(1, 604_800, 'seconds').default(900),
  });
  await startWriteService(lifecycle, config, {
    model: orderModel,
    stream: ORDERS,
    isSource: true,
    migrations: { scope: 'order', folder: join(import.meta.dirname, 'sql') },
    subscriptions: orderSubscriptions,
    timers: timerCommands,
    alarms: reportAlarms,
    services: orderService({
      tokenKeys: config.ORDERLOG_TOKEN_KEYS,
      consistencyKey: config.ORDERLOG_CONSISTENCY_KEY,
      deadlineMs: config.ORDERLOG_ORDER_DEADLINE_SECONDS * 1_000,
    }),
  });
});
