/**
 * A whole local system: servers, databases, services, demo catalog, each as soon as what it needs is up. `npm start` runs
 * one, and end-to-end tests run one of their own, in which they kill single processes and see them come back.
 */
import type { Addresses } from '../addresses.ts';
import { askExternal } from '../servers/externalServer.ts';
import { letServerUserIn } from '../servers/serverUser.ts';
import { databasesIn, type ServiceDatabaseUrls } from '../servers/serviceDatabase.ts';
import { StartError } from '../servers/types.ts';
import { urlAs } from '../servers/urlAs.ts';
import { emptyDataFolder, hasDatabase, takeDataFolder } from './dataFolder.ts';
import type { Kept } from './keepRunning.ts';
import { assertServicePortsFree, type Layout, layoutOf } from './layout.ts';
import { SERVERS, type ServerName, type ServerPart, serverParts } from './localServers.ts';
import { type Part, startParts, stopParts } from './parts.ts';
import type { Reporter } from './reporter.ts';
import { loadSecrets, natsPasswordsIn, natsRoles, type Secrets } from './secrets.ts';
import { type ServicePart, servicePart } from './serviceParts.ts';
import { type ServiceContext, type ServiceSpec, servicesFor } from './services.ts';
import { databasesOf, rolesOf, stepParts } from './steps.ts';

export interface SystemOptions {
  readonly dataDir: string;
  /** As in ORDERLOG_PORT_BASE. */
  readonly portBase: string | undefined;
  /** PATH, HOME, and the URLs of servers that are not ours. */
  readonly env: NodeJS.ProcessEnv;
  readonly reporter: Reporter;
  /** Empties the data folder first. */
  readonly fresh?: boolean;
  /** The table of services, unless it is the usual one. */
  readonly services?: readonly ServiceSpec[];
  /** Which of them are run here; unset: all. Those that are not have their databases all the same. */
  readonly runs?: (service: string) => boolean;
  /** Gives up the start. */
  readonly signal?: AbortSignal;
}

export interface System {
  readonly addresses: Addresses;
  readonly sandboxAddress: string;
  readonly urls: {
    /** The superuser's. */
    readonly postgres: string;
    readonly nats: string;
    /** Empty where reads need no read model. */
    readonly elasticsearch: string;
    /** By service. */
    readonly databases: ReadonlyMap<string, ServiceDatabaseUrls>;
  };
  readonly services: ReadonlyMap<string, Kept>;
  readonly servers: ReadonlyMap<string, Kept>;
  /** What a service of it is told, for whoever runs others beside those. */
  readonly context: ServiceContext;
  /** Stops all: what is needed by others after them. */
  stop(): Promise<void>;
}

/** Resolves when the gateway says that all is ready. Whatever fails, nothing is left running. */
export async function startSystem(options: SystemOptions): Promise<System> {
  letServerUserIn();
  const layout = layoutOf(options.dataDir, options.portBase);
  const leave = takeDataFolder(layout);
  const giveUp = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, giveUp.signal]) : giveUp.signal;
  let parts: Parts | undefined;
  const stopAll = async () => {
    giveUp.abort();
    try {
      if (parts) await stopParts(parts.all);
    } finally {
      leave();
    }
  };
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= stopAll();
    return stopping;
  };
  try {
    await assertServicePortsFree(layout);
    if (options.fresh) await makeFresh(layout, options.env);
    parts = makeParts(layout, await secretsOf(layout, options), options, signal);
    await startParts(parts.all, ({ name }) => {
      // Interrupted is not failed.
      if (!options.signal?.aborted) options.reporter.fail(name);
      giveUp.abort();
    });
    signal.throwIfAborted();
    return describe(layout, parts, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function makeFresh(layout: Layout, env: NodeJS.ProcessEnv): Promise<void> {
  const foreign = SERVERS.map((name) => `ORDERLOG_${name.toUpperCase()}_URL`).filter((name) => env[name]);
  if (foreign.length > 0) {
    throw new StartError(
      `cannot start fresh: ${foreign.join(', ')} is set, and a server of others is not ours to empty`,
    );
  }
  await emptyDataFolder(layout);
}

function secretsOf(layout: Layout, { env, services }: SystemOptions): Promise<Secrets> {
  const specs = servicesFor(env, services);
  const url = env.ORDERLOG_POSTGRES_URL;
  const names = databasesOf(specs).map(({ name }) => name);
  return loadSecrets(layout.secrets, [...rolesOf(specs), ...natsRoles], async () => {
    if (!url) return hasDatabase(layout) ? 'start empty (npm start -- --fresh)' : undefined;
    const found = await askExternal('PostgreSQL', 'ORDERLOG_POSTGRES_URL', url, () =>
      databasesIn(url, names),
    );
    if (found.length === 0) return undefined;
    return `drop what the server at ORDERLOG_POSTGRES_URL has of it (databases ${found.join(', ')}), and start with an empty log`;
  });
}

interface Parts {
  readonly all: readonly Part[];
  readonly servers: readonly ServerPart[];
  readonly services: readonly ServicePart[];
  readonly context: ServiceContext & { readonly databases: Map<string, ServiceDatabaseUrls> };
}

function makeParts(layout: Layout, secrets: Secrets, options: SystemOptions, signal: AbortSignal): Parts {
  const { env, reporter, runs = () => true } = options;
  const specs = servicesFor(env, options.services);
  const natsPasswords = natsPasswordsIn(secrets);
  const servers = serverParts(layout, env, { reporter, natsPasswords }, signal);
  const urlOf = (wanted: ServerName) => servers.find(({ name }) => name === wanted)?.url() ?? '';
  const context: Parts['context'] = {
    layout,
    secrets,
    databases: new Map<string, ServiceDatabaseUrls>(),
    // Read when a service starts, and what it needs is up.
    natsUrl: (user) => (env.ORDERLOG_NATS_URL ? urlOf('nats') : urlAs(urlOf('nats'), user, natsPasswords)),
    get elasticsearchUrl() {
      return urlOf('elasticsearch');
    },
  };
  const services = specs
    .filter(({ name }) => runs(name))
    .map((spec) => servicePart(spec, { context, env, reporter, signal }));
  const steps = stepParts(specs, { context, runs, postgresUrl: () => urlOf('postgres'), reporter, signal });
  return { all: [...servers, ...steps, ...services], servers, services, context };
}

function describe(layout: Layout, { servers, services, context }: Parts, stop: () => Promise<void>): System {
  const postgres = servers.find(({ name }) => name === 'postgres');
  return {
    addresses: layout.addresses,
    sandboxAddress: layout.sandboxAddress,
    urls: {
      postgres: postgres?.url() ?? '',
      nats: servers.find(({ name }) => name === 'nats')?.url() ?? '',
      elasticsearch: context.elasticsearchUrl,
      databases: context.databases,
    },
    services: new Map(services.map((part) => [part.name, part.kept()])),
    servers: new Map(servers.map((part) => [part.name, part.kept()])),
    context,
    stop,
  };
}
