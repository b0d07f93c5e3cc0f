/**
 * What pods run on: servers, databases and the payment sandbox, which a cluster has beside Orderlog. The services themselves are
 * started by pods.ts.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Looked } from '../chaos/world.ts';
import { runCommand } from '../cli/servers/commands.ts';
import { freePorts } from '../cli/servers/ports.ts';
import { readerOf, urlFor } from '../cli/servers/serviceDatabase.ts';
import { type Layout, layoutOf } from '../cli/start/layout.ts';
import { silent } from '../cli/start/reporter.ts';
import type { ServiceContext } from '../cli/start/services.ts';
import { startSystem } from '../cli/start/system.ts';
import type { Version } from './versions.ts';

export interface Cluster extends Looked {
  readonly folder: string;
  readonly layout: Layout;
  readonly context: ServiceContext;
  /** What a process inherits: nothing of Orderlog's. */
  readonly env: NodeJS.ProcessEnv;
  /** As the Jobs do it, of that version. Returns the files that were applied. */
  migrate(version: Version): Promise<readonly string[]>;
  stop(): Promise<void>;
}

const PORTS = 100;
const MIGRATION_TIMEOUT_MS = 120_000;

/** Everything that a pod is not. */
const isBesides = (service: string): boolean => service === 'sandbox';

export async function startCluster(folder: string, env: NodeJS.ProcessEnv): Promise<Cluster> {
  mkdirSync(folder, { recursive: true });
  const base = String(await freePorts(PORTS));
  const system = await startSystem({
    dataDir: folder,
    portBase: base,
    env,
    reporter: silent,
    runs: isBesides,
  });
  const { urls, sandboxAddress, context } = system;
  const own = Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('ORDERLOG_')));
  return {
    system: { urls, sandboxAddress },
    folder,
    layout: layoutOf(folder, base),
    context,
    env: own,
    databaseUrl: (service) => urlFor(urls.postgres, service),
    async migrate(version) {
      const applied: string[] = [];
      for (const [name, { migrationUrl, readerUrl }] of urls.databases) {
        const variable = `ORDERLOG_${name.toUpperCase()}_MIGRATION_DATABASE_URL`;
        const reader = readerUrl === undefined ? [] : ['--reader', readerOf(name)];
        const said = await runCommand(
          process.execPath,
          [join(version.folder, 'cli', 'bin.js'), 'migrate', name, '--role', name, ...reader, '--json'],
          { env: { ...own, [variable]: migrationUrl }, timeoutMs: MIGRATION_TIMEOUT_MS },
        );
        applied.push(...(JSON.parse(said) as { applied: string[] }).applied.map((file) => `${name}/${file}`));
      }
      return applied;
    },
    stop: system.stop,
  };
}
