/** The settings of the Order service. */
import { serviceTokenConfig } from '../../platform/access/serviceToken.ts';
import { choice, integer, keyring, secretKey, serviceAddress } from '../../platform/config.ts';
import { callerConfig, serviceConfig } from '../../platform/serviceConfig.ts';
import { ORDER_STORES } from './store.ts';

export const orderConfig = {
  ...serviceConfig,
  ...callerConfig,
  ...serviceTokenConfig,
  ORDERLOG_TOKEN_KEYS: keyring().describe('Seal payment tokens; Payment has the same.'),
  ORDERLOG_CONSISTENCY_KEY: secretKey().describe('Signs consistency tokens; the gateway has the same.'),
  ORDERLOG_ORDER_DEADLINE_SECONDS: integer(1, 604_800, 'seconds')
    .default(900)
    .describe('How long an order may take to end.'),
  ORDERLOG_ORDER_SAGA_MODE: choice(['choreography', 'orchestration', 'direct'])
    .default('choreography')
    .describe('Who drives the saga of an order that does not say it (saga_mode).'),
  ORDERLOG_CATALOG_ADDRESS: serviceAddress('Catalog', '127.0.0.1:50052').describe(
    'Whom direct sagas call, and who is asked when an order is explained.',
  ),
  ORDERLOG_PAYMENT_ADDRESS: serviceAddress('Payment', '127.0.0.1:50053').describe(
    'Whom direct sagas call, and who is asked when an order is explained.',
  ),
  ORDERLOG_ORDER_STORE: choice(ORDER_STORES)
    .default('events')
    .describe("What an order's state is: the fold of its events, or what stands in its row."),
};
