/** Where an audit looks: what flags and variables say, else the local system that `npm start` runs. */
import { url } from '../../platform/config.ts';
import { databaseUrl } from '../../platform/databaseUrl.ts';
import { OrderlogError } from '../../platform/errors.ts';
import { localSystem } from '../localSystem.ts';
import { storeTls } from '../ownTls.ts';
import { ELASTICSEARCH, givenUrl, NATS, type StoreOption } from '../storeUrls.ts';
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

const database = (option: string, name: string, role = name): StoreOption => ({
  option,
  variable: `ORDERLOG_${name.toUpperCase()}_DATABASE_URL`,
  schema: databaseUrl(role, name),
});

const SETTINGS: Readonly<Record<keyof AddressFlags, StoreOption>> = {
  orderDb: database('--order-db', 'order'),
  catalogDb: database('--catalog-db', 'catalog'),
  paymentDb: database('--payment-db', 'payment'),
  nats: NATS,
  elasticsearch: ELASTICSEARCH,
  analyticsDb: database('--analytics-db', 'analytics', 'analytics_reader'),
  provider: {
    option: '--provider',
    variable: 'ORDERLOG_PROVIDER_URL',
    schema: url('http://127.0.0.1:50065', ['http:', 'https:']),
  },
};

const usage = (message: string): OrderlogError =>
  new OrderlogError('INVALID_ARGUMENT', 'AUDIT_ADDRESS_INVALID', message);

/** Throws OrderlogError INVALID_ARGUMENT that names the flag, or FAILED_PRECONDITION where there is no local system. */
export function addressesFor(flags: AddressFlags, env: NodeJS.ProcessEnv): Addresses {
  const given = (name: keyof AddressFlags) => givenUrl(SETTINGS[name], flags[name], env);
  const databases = { order: given('orderDb'), catalog: given('catalogDb'), payment: given('paymentDb') };
  const [nats, elasticsearch, provider] = [given('nats'), given('elasticsearch'), given('provider')];
  const analytics = given('analyticsDb');
  const tls = storeTls(env);
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
      tls,
    };
  }
  const need = (name: keyof AddressFlags, value: string | undefined): string => {
    if (value !== undefined) return value;
    const { option, variable } = SETTINGS[name];
    throw usage(`${option} (or ${variable}) is missing: where one database is given, all and NATS must be`);
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
    tls,
  };
}
