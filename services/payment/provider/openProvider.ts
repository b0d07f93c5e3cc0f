/** The provider that the settings choose. What only one of them needs is loaded only for that one. */
import { ConfigError } from '../../../platform/config.ts';
import type { AskOptions } from './ask.ts';
import { createHttpProvider } from './httpProvider.ts';
import type { Provider } from './provider.ts';

export const PROVIDERS = ['sandbox', 'stripe'] as const;
export type ProviderName = (typeof PROVIDERS)[number];

export interface ProviderSettings extends AskOptions {
  readonly name: ProviderName;
  readonly url: string;
  /** Stripe's. */
  readonly stripeKey: string | undefined;
}

/** Throws ConfigError where a setting is missing that the chosen one needs. */
export async function openProvider({ name, stripeKey, ...options }: ProviderSettings): Promise<Provider> {
  if (name === 'sandbox') return createHttpProvider(options);
  if (stripeKey === undefined) {
    throw new ConfigError(['ORDERLOG_STRIPE_SECRET_KEY is not set: ORDERLOG_PROVIDER=stripe needs it']);
  }
  const { createStripeProvider } = await import('./stripe/stripeProvider.ts');
  return createStripeProvider({ ...options, secretKey: stripeKey });
}
