/** The settings of the Payment service. */
import {
  choice,
  integer,
  keyring,
  listenAddress,
  secretText,
  url,
  webhookSecrets,
} from '../../platform/config.ts';
import { callerConfig, serviceConfig } from '../../platform/serviceConfig.ts';
import { PROVIDERS } from './provider/openProvider.ts';
import { KEY_RETENTION_SECONDS } from './provider/provider.ts';

/** Longer than one task's calls can last: none is under way when the provider forgets its key. */
const RETENTION_MARGIN_SECONDS = 900;

export const paymentConfig = {
  ...serviceConfig,
  ...callerConfig,
  ORDERLOG_TOKEN_KEYS: keyring().describe('Open what Order has sealed.'),
  ORDERLOG_PROVIDER: choice(PROVIDERS)
    .default('sandbox')
    .describe('Who charges: the sandbox of this project, or Stripe.'),
  ORDERLOG_PROVIDER_URL: url('http://127.0.0.1:50065', ['http:', 'https:']).describe(
    'The payment provider; of Stripe https://api.stripe.com.',
  ),
  ORDERLOG_STRIPE_SECRET_KEY: secretText('the secret or restricted key of a Stripe account')
    .optional()
    .describe('Asks Stripe; needed for ORDERLOG_PROVIDER=stripe.'),
  ORDERLOG_WEBHOOK_LISTEN: listenAddress()
    .optional()
    .describe("Where the provider's webhooks arrive over HTTP (POST /webhooks/provider); not set: nowhere."),
  ORDERLOG_WEBHOOK_SECRETS: webhookSecrets()
    .optional()
    .describe('What webhooks are signed with; needed where they arrive. Of several, each counts.'),
  ORDERLOG_PROVIDER_TIMEOUT_MS: integer(100, 120_000, 'milliseconds')
    .default(10_000)
    .describe('How long one call to the provider may take before its answer counts as unknown.'),
  ORDERLOG_PAYMENT_REVIEW_AFTER_SECONDS: integer(
    1,
    KEY_RETENTION_SECONDS - RETENTION_MARGIN_SECONDS,
    'seconds',
  )
    .default(82_800)
    .describe('After this time without a definite answer an operator must find out what became of a charge.'),
};
