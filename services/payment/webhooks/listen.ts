/** Begins to take webhooks, where they are to arrive. */
import { type Config, ConfigError } from '../../../platform/config.ts';
import type { Lifecycle } from '../../../platform/lifecycle.ts';
import type { paymentConfig } from '../config.ts';
import type { NewsFormat } from '../provider/news.ts';
import type { ProviderName } from '../provider/openProvider.ts';
import { sandboxNews } from '../provider/sandboxNews.ts';
import { stripeNews } from '../provider/stripe/stripeNews.ts';
import { createWebhookServer } from './server.ts';
import type { WebhookParts } from './take.ts';

const formats: Readonly<Record<ProviderName, NewsFormat>> = { sandbox: sandboxNews, stripe: stripeNews };

type Settings = Pick<
  Config<typeof paymentConfig>,
  'ORDERLOG_PROVIDER' | 'ORDERLOG_WEBHOOK_LISTEN' | 'ORDERLOG_WEBHOOK_SECRETS'
>;

/** What a Payment service does for it; undefined: no webhooks arrive here. Throws ConfigError. */
export function webhookListener(
  { ORDERLOG_PROVIDER: name, ORDERLOG_WEBHOOK_LISTEN: where, ORDERLOG_WEBHOOK_SECRETS: secrets }: Settings,
  { onStop }: Pick<Lifecycle, 'onStop'>,
): ((parts: Omit<WebhookParts, 'format' | 'secrets'>) => Promise<void>) | undefined {
  if (where === undefined) return undefined;
  if (secrets === undefined) {
    throw new ConfigError(['ORDERLOG_WEBHOOK_SECRETS is not set: ORDERLOG_WEBHOOK_LISTEN needs it']);
  }
  return async (parts) => {
    const server = createWebhookServer({ ...parts, format: formats[name], secrets });
    onStop('the webhooks', () => server.close());
    await server.listen(where);
    parts.logger.info(where, 'webhooks arrive here');
  };
}
