/** Where an audit looks: what flags and variables say, else the local system that `npm start` runs. */
import { OrderlogError } from '../../platform/errors.ts';
import { localSystem } from '../localSystem.ts';
import type { Addresses } from './sources.ts';

export interface AddressFlags {
  readonly orderDb?: string;
  readonly catalogDb?: string;
  readonly paymentDb?: string;
  readonly nats?: string;
  readonly elasticsearch?: string;
  readonly analyticsDb?: string;
  readonly provider?: string;
}

const POSTGRES = ['postgres:', 'postgresql:'];

/** Each flag, the variable that stands in for it, and what its URL may begin with. */
const SETTINGS: Readonly<Record<keyof AddressFlags, [flag: string, variable: string, protocols: string[]]>> =
  {
    orderDb: ['--order-db', 'ORDERLOG_ORDER_DATABASE_URL', POSTGRES],
    catalogDb: ['--catalog-db', 'ORDERLOG_CATALOG_DATABASE_URL', POSTGRES],
    paymentDb: ['--payment-db', 'ORDERLOG_PAYMENT_DATABASE_URL', POSTGRES],
    nats: ['--nats', 'ORDERLOG_NATS_URL', ['nats:', 'tls:']],
    elasticsearch: ['--elasticsearch', 'ORDERLOG_ELASTICSEARCH_URL', ['http:', 'https:']],
    analyticsDb: ['--analytics-db', 'ORDERLOG_ANALYTICS_DATABASE_URL', POSTGRES],
    provider: ['--provider', 'ORDERLOG_PROVIDER_URL', ['http:', 'https:']],
  };

const usage = (message: string): OrderlogError =>
  new OrderlogError('INVALID_ARGUMENT', 'AUDIT_ADDRESS_INVALID', message);

/** Throws OrderlogError INVALID_ARGUMENT that names the flag, or FAILED_PRECONDITION where there is no local system. */
export function addressesFor(flags: AddressFlags, env: NodeJS.ProcessEnv): Addresses {
  const given = (name: keyof AddressFlags): string | undefined => {
    const [flag, variable, protocols] = SETTINGS[name];
    const value = flags[name] ?? (env[variable] || undefined);
    if (value === undefined) return undefined;
    for (const url of value.split(',')) {
      if (URL.canParse(url) && protocols.includes(new URL(url).protocol)) continue;
      throw usage(
        `${flags[name] === undefined ? variable : flag}: expected a URL that begins with ${protocols[0]}//`,
      );
    }
    return value;
  };
  const databases = { order: given('orderDb'), catalog: given('catalogDb'), payment: given('paymentDb') };
  const [nats, elasticsearch, provider] = [given('nats'), given('elasticsearch'), given('provider')];
  const analytics = given('analyticsDb');
  const { order, catalog, payment } = databases;
  if (order === undefined && catalog === undefined && payment === undefined) {
    const local = localSystem(env);
    const { databases: own } = local;
    const readModel = elasticsearch ?? local.elasticsearch;
    const sums = analytics ?? (local.elasticsearch && local.analytics.url);
    return {
      databases: { order: own.order.url, catalog: own.catalog.url, payment: own.payment.url },
      nats: nats ?? local.nats,
      ...(readModel !== undefined && { elasticsearch: readModel }),
      ...(sums !== undefined && { analytics: sums }),
      provider: provider ?? local.provider,
    };
  }
  const need = (name: keyof AddressFlags, value: string | undefined): string => {
    if (value !== undefined) return value;
    const [flag, variable] = SETTINGS[name];
    throw usage(`${flag} (or ${variable}) is missing: where one database is given, all and NATS must be`);
  };
  return {
    databases: {
      order: need('orderDb', order),
      catalog: need('catalogDb', catalog),
      payment: need('paymentDb', payment),
    },
    nats: need('nats', nats),
    ...(elasticsearch !== undefined && { elasticsearch }),
    ...(analytics !== undefined && { analytics }),
    ...(provider !== undefined && { provider }),
  };
}
