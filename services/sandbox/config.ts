/** The settings of the payment sandbox. */
import { commonConfig, integer, listenAddress, text } from '../../platform/config.ts';
import { telemetryConfig } from '../../platform/telemetry/config.ts';

export const sandboxConfig = {
  ...commonConfig,
  ORDERLOG_PROVIDER_LISTEN: listenAddress().describe('Where HTTP is answered.'),
  ORDERLOG_PROVIDER_DATA: text('the folder of the ledger').describe('The folder of the ledger.'),
  ORDERLOG_PROVIDER_LATE_MS: integer(0, 600_000, 'milliseconds')
    .default(30_000)
    .describe('How long tok_timeout keeps its answer back.'),
  ...telemetryConfig,
};
