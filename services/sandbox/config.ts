/** The settings of the payment sandbox. */
import {
  choice,
  commonConfig,
  integer,
  listenAddress,
  text,
  url,
  webhookSecrets,
} from '../../platform/config.ts';
import { telemetryConfig } from '../../platform/telemetry/config.ts';
import { WEBHOOK_MODES } from './webhooks.ts';

export const sandboxConfig = {
  ...commonConfig,
  ORDERLOG_PROVIDER_LISTEN: listenAddress().describe('Where HTTP is answered.'),
  ORDERLOG_PROVIDER_DATA: text('the folder of the ledger').describe('The folder of the ledger.'),
  ORDERLOG_PROVIDER_LATE_MS: integer(0, 600_000, 'milliseconds')
    .default(30_000)
    .describe('How long tok_timeout keeps its answer back.'),
  ORDERLOG_PROVIDER_WEBHOOK_URL: url('http://127.0.0.1:50066/webhooks/provider', ['http:', 'https:'])
    .optional()
    .describe("Where what was done is told by webhook: Payment's."),
  ORDERLOG_PROVIDER_WEBHOOKS: choice(WEBHOOK_MODES)
    .default('off')
    .describe('Whether it is told from the start on; PUT /v1/webhooks switches it.'),
  ORDERLOG_WEBHOOK_SECRETS: webhookSecrets()
    .optional()
    .describe('The first signs webhooks; needed to tell anything. Payment has the same.'),
  ...telemetryConfig,
};
