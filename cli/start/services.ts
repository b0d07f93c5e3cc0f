/** The services of a system: what each is, needs and is told. A new one is a new row. */
import { serviceTokenConfig } from '../../platform/access/serviceToken.ts';
import { accessConfig } from '../../platform/access/settings.ts';
import { grpcConfig } from '../../platform/grpc/settings.ts';
import type { ProcessName } from '../addresses.ts';
import type { ServiceDatabaseUrls } from '../servers/serviceDatabase.ts';
import { folderOf, type Layout } from './layout.ts';
import type { Secrets } from './secrets.ts';

export interface ServiceSpec {
  readonly name: string;
  /** Relative to the project's folder. */
  readonly main: string;
  /** The parts of the system that must be up before. It is stopped before them. */
  readonly needs: readonly string[];
  /** Its heap's bound, in MB, if it is not that of all (nodeFlags.ts). */
  readonly heapMb?: number;
  /** Has a database of its own. */
  readonly database?: DatabaseSpec;
  readonly env: (context: ServiceContext) => Readonly<Record<string, string>>;
  /** Variables of the launcher's own environment that it gets as they are, if they are set, whatever `env` says; it checks them itself. */
  readonly settings?: readonly string[];
  /** Only where reads come from the read model (ORDERLOG_READS). */
  readonly isReadModel?: true;
}

export interface DatabaseSpec {
  readonly name: string;
  /** Others read it, as a role that may do nothing else. */
  readonly hasReader?: true;
}

export interface ServiceContext {
  readonly layout: Layout;
  readonly secrets: Secrets;
  /** As the user of that name. */
  readonly natsUrl: (user: string) => string;
  /** Empty where reads need no read model. */
  readonly elasticsearchUrl: string;
  readonly databases: ReadonlyMap<string, ServiceDatabaseUrls>;
}

const TOKEN_KEY_ID = 'k1';

const urlsOf = ({ databases }: ServiceContext, name: string): ServiceDatabaseUrls => {
  const urls = databases.get(name);
  if (!urls) throw new Error(`there is no database ${name}`);
  return urls;
};
const database = (context: ServiceContext, name: string) => {
  const { url, migrationUrl } = urlsOf(context, name);
  return { ORDERLOG_DATABASE_URL: url, ORDERLOG_MIGRATION_DATABASE_URL: migrationUrl };
};
const admin = ({ layout }: ServiceContext, name: ProcessName) => ({
  ORDERLOG_ADMIN_LISTEN: layout.addresses.admin[name],
});
/** Whoever calls is on this machine, where one address is everybody, and may measure what it can do; unless it is set. */
const noRateLimit = { ORDERLOG_RATE_LIMIT_REQUESTS: '0' };
export const tokenKeys = ({ secrets }: Pick<ServiceContext, 'secrets'>) => ({
  ORDERLOG_TOKEN_KEYS: `${TOKEN_KEY_ID}:${secrets.tokenKey}`,
});
const consistencyKey = ({ secrets }: ServiceContext) => ({
  ORDERLOG_CONSISTENCY_KEY: secrets.consistencyKey,
});

/** Of those that take calls (platform/access/settings.ts, platform/grpc/settings.ts). */
const callSettings = [...Object.keys(accessConfig), ...Object.keys(grpcConfig)];

/** Of those that call others. */
const tokenSettings = Object.keys(serviceTokenConfig);

/** Of every service with a write side (platform/serviceConfig.ts). */
const writeSettings = [
  ...callSettings,
  'ORDERLOG_DATABASE_CONNECTIONS',
  'ORDERLOG_STREAM_MAX_BYTES',
  'ORDERLOG_BACKLOG_MAX_EVENTS',
  'ORDERLOG_TIMER_MARGIN_MS',
  'ORDERLOG_BATCH_MAX',
];

/** Of those that call others through breakers. */
const callerSettings = ['ORDERLOG_BREAKER_HALF_OPEN_SECONDS'];

export const services: readonly ServiceSpec[] = [
  {
    name: 'sandbox',
    main: 'services/sandbox/main.ts',
    needs: [],
    // It keeps all that it ever did: about 700 bytes a charge.
    heapMb: 8_192,
    env: (context) => ({
      ...admin(context, 'sandbox'),
      ORDERLOG_PROVIDER_LISTEN: context.layout.sandboxAddress,
      ORDERLOG_PROVIDER_DATA: folderOf(context.layout, 'sandbox'),
      ORDERLOG_PROVIDER_WEBHOOK_URL: `http://${context.layout.webhookAddress}/webhooks/provider`,
      ORDERLOG_WEBHOOK_SECRETS: context.secrets.webhookSecret,
    }),
    settings: ['ORDERLOG_PROVIDER_LATE_MS', 'ORDERLOG_PROVIDER_WEBHOOKS'],
  },
  {
    name: 'catalog',
    main: 'services/catalog/main.ts',
    database: { name: 'catalog' },
    needs: ['databases', 'nats'],
    env: (context) => ({
      ...admin(context, 'catalog'),
      ...noRateLimit,
      ...database(context, 'catalog'),
      ORDERLOG_NATS_URL: context.natsUrl('catalog'),
      ORDERLOG_GRPC_LISTEN: context.layout.addresses.catalog,
    }),
    settings: writeSettings,
  },
  {
    name: 'payment',
    main: 'services/payment/main.ts',
    database: { name: 'payment' },
    needs: ['databases', 'nats', 'sandbox'],
    env: (context) => ({
      ...admin(context, 'payment'),
      ...noRateLimit,
      ...database(context, 'payment'),
      ...tokenKeys(context),
      ORDERLOG_NATS_URL: context.natsUrl('payment'),
      ORDERLOG_GRPC_LISTEN: context.layout.addresses.payment,
      ORDERLOG_PROVIDER_URL: `http://${context.layout.sandboxAddress}`,
      ORDERLOG_WEBHOOK_LISTEN: context.layout.webhookAddress,
      ORDERLOG_WEBHOOK_SECRETS: context.secrets.webhookSecret,
    }),
    settings: [
      ...writeSettings,
      ...callerSettings,
      'ORDERLOG_PROVIDER_TIMEOUT_MS',
      'ORDERLOG_PAYMENT_REVIEW_AFTER_SECONDS',
    ],
  },
  {
    name: 'order',
    main: 'services/order/main.ts',
    database: { name: 'order' },
    needs: ['databases', 'nats'],
    env: (context) => ({
      ...admin(context, 'order'),
      ...noRateLimit,
      ...database(context, 'order'),
      ...tokenKeys(context),
      ...consistencyKey(context),
      ORDERLOG_NATS_URL: context.natsUrl('order'),
      ORDERLOG_GRPC_LISTEN: context.layout.addresses.order,
      ORDERLOG_CATALOG_ADDRESS: context.layout.addresses.catalog,
      ORDERLOG_PAYMENT_ADDRESS: context.layout.addresses.payment,
    }),
    settings: [
      ...writeSettings,
      ...callerSettings,
      ...tokenSettings,
      'ORDERLOG_ORDER_DEADLINE_SECONDS',
      'ORDERLOG_ORDER_SAGA_MODE',
      'ORDERLOG_ORDER_STORE',
    ],
  },
  {
    name: 'projector',
    main: 'projector/main.ts',
    isReadModel: true,
    database: { name: 'analytics', hasReader: true },
    needs: ['databases', 'nats', 'elasticsearch', 'order'],
    env: (context) => ({
      ...admin(context, 'projector'),
      ...database(context, 'analytics'),
      ORDERLOG_NATS_URL: context.natsUrl('projector'),
      ORDERLOG_ELASTICSEARCH_URL: context.elasticsearchUrl,
      ORDERLOG_ORDER_ADDRESS: context.layout.addresses.order,
    }),
    settings: tokenSettings,
  },
  {
    // Last, after the demo catalog too: it is what says that all is ready.
    name: 'gateway',
    main: 'gateway/main.ts',
    needs: ['elasticsearch', 'order', 'catalog', 'payment', 'projector', 'demo catalog'],
    env: (context) => ({
      ...admin(context, 'gateway'),
      ...noRateLimit,
      ...consistencyKey(context),
      ORDERLOG_GRPC_LISTEN: context.layout.addresses.gateway,
      ORDERLOG_HTTP_LISTEN: context.layout.addresses.http,
      ORDERLOG_NATS_URL: context.natsUrl('gateway'),
      ...(context.elasticsearchUrl !== '' && {
        ORDERLOG_ELASTICSEARCH_URL: context.elasticsearchUrl,
        ORDERLOG_ANALYTICS_DATABASE_URL: urlsOf(context, 'analytics').readerUrl ?? '',
      }),
      ORDERLOG_ORDER_ADDRESS: context.layout.addresses.order,
      ORDERLOG_CATALOG_ADDRESS: context.layout.addresses.catalog,
      ORDERLOG_PAYMENT_ADDRESS: context.layout.addresses.payment,
    }),
    settings: [
      'ORDERLOG_READS',
      'ORDERLOG_HTTP_BODY_MAX_BYTES',
      'ORDERLOG_HTTP_HOST_NAMES',
      ...callerSettings,
      ...callSettings,
      ...tokenSettings,
    ],
  },
];

/** Whether reads come from the read model, which then has to be there; as the gateway is told. */
export const hasReadModel = (env: NodeJS.ProcessEnv): boolean => env.ORDERLOG_READS !== 'aggregate';

export const servicesFor = (
  env: NodeJS.ProcessEnv,
  all: readonly ServiceSpec[] = services,
): readonly ServiceSpec[] => all.filter(({ isReadModel }) => !isReadModel || hasReadModel(env));
