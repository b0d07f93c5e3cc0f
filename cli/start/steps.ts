/** The parts of a system that are done once and do not run: databases, demo catalog, the wait until all is ready. */
import { reasonIn } from '../servers/explainExit.ts';
import {
  ensureServiceDatabase,
  ownerOf,
  readerOf,
  type ServiceDatabaseUrls,
} from '../servers/serviceDatabase.ts';
import { StartError } from '../servers/types.ts';
import { fillDemoCatalog } from './demo.ts';
import type { Part } from './parts.ts';
import { untilSystemReady } from './readiness.ts';
import type { Reporter } from './reporter.ts';
import type { DatabaseSpec, ServiceContext, ServiceSpec } from './services.ts';

export interface StepOptions {
  readonly context: ServiceContext & { readonly databases: Map<string, ServiceDatabaseUrls> };
  /** Which of the services are run. */
  readonly runs: (service: string) => boolean;
  readonly postgresUrl: () => string;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

export const databasesOf = (services: readonly ServiceSpec[]): readonly DatabaseSpec[] =>
  services.flatMap(({ database }) => database ?? []);

/** The database roles that the services need passwords for. */
export const rolesOf = (services: readonly ServiceSpec[]): readonly string[] =>
  databasesOf(services).flatMap(({ name, hasReader }) => [
    ownerOf(name),
    name,
    ...(hasReader ? [readerOf(name)] : []),
  ]);

/** Their names, as the reporter hears them, with those of the services: in the order in which they are best shown. */
export const stepsAndServices = (services: readonly ServiceSpec[]): readonly string[] => [
  'databases',
  ...services.flatMap(({ name }) => (name === 'catalog' ? [name, 'demo catalog'] : [name])),
  'ready',
];

/** The last two only where a catalog is run, and a gateway. */
export function stepParts(services: readonly ServiceSpec[], options: StepOptions): readonly Part[] {
  const { context, signal } = options;
  const { addresses } = context.layout;
  const has = (wanted: string) => options.runs(wanted) && services.some(({ name }) => name === wanted);
  const parts = [part('databases', ['postgres'], options.reporter, () => makeDatabases(services, options))];
  if (has('catalog')) {
    const fill = async () => {
      const added = await fillDemoCatalog(addresses.catalog, signal);
      return added > 0 ? `${added} items` : 'there are items already';
    };
    parts.push(part('demo catalog', ['catalog'], options.reporter, fill));
  }
  if (has('gateway')) {
    const wait = () => untilSystemReady(addresses.http, signal);
    parts.push(part('ready', ['gateway'], options.reporter, wait));
  }
  return parts;
}

async function makeDatabases(services: readonly ServiceSpec[], options: StepOptions): Promise<string> {
  const { databases, secrets } = options.context;
  const passwordOf = (role: string) => secrets.passwords[role] ?? '';
  for (const { name, hasReader } of databasesOf(services)) {
    const database = {
      name,
      ownerPassword: passwordOf(ownerOf(name)),
      password: passwordOf(name),
      ...(hasReader && { readerPassword: passwordOf(readerOf(name)) }),
    };
    databases.set(name, await ensureServiceDatabase(options.postgresUrl(), database));
  }
  return [...databases.keys()].join(', ');
}

/** What a server says of a full disk is told with advice, as when it starts. */
function explain(name: string, error: unknown): never {
  if (error instanceof StartError || !(error instanceof Error) || error.name === 'AbortError') throw error;
  throw new StartError(`${name} failed: ${reasonIn(error.message)}`, { cause: error });
}

function part(name: string, needs: readonly string[], reporter: Reporter, work: () => Promise<string>): Part {
  return {
    name,
    needs,
    async start() {
      reporter.begin(name);
      reporter.done(name, await work().catch((error: unknown) => explain(name, error)));
    },
    stop: () => Promise.resolve(),
  };
}
