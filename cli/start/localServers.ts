/** PostgreSQL, NATS and Elasticsearch as parts of a system: kept running, stopped after all that uses them. */
import { startElasticsearch } from '../servers/elasticsearch.ts';
import { startNats } from '../servers/nats.ts';
import { HOST } from '../servers/ports.ts';
import { startPostgres } from '../servers/postgres.ts';
import type { RunningServer, ServerOptions } from '../servers/types.ts';
import { untilLetUp } from './held.ts';
import { type Kept, keepRunning } from './keepRunning.ts';
import { folderOf, type Layout, logFileOf } from './layout.ts';
import { watchNatsHealth } from './natsHealth.ts';
import type { Part } from './parts.ts';
import type { Reporter } from './reporter.ts';
import type { Secrets } from './secrets.ts';
import { rotateLog } from './serviceLog.ts';
import { hasReadModel } from './services.ts';

export const SERVERS = ['postgres', 'nats', 'elasticsearch'] as const;
export type ServerName = (typeof SERVERS)[number];

/** Those that a system needs. */
export const serversFor = (env: NodeJS.ProcessEnv): readonly ServerName[] =>
  SERVERS.filter((name) => name !== 'elasticsearch' || hasReadModel(env));

export interface ServerPart extends Part {
  readonly name: ServerName;
  /** Throws before it is up. */
  readonly url: () => string;
  readonly kept: () => Kept;
}

const STOP_GRACE_MS = 10_000;

type Start = (options: ServerOptions) => Promise<RunningServer>;

export function serverParts(
  layout: Layout,
  env: NodeJS.ProcessEnv,
  { reporter, natsPasswords }: { readonly reporter: Reporter; readonly natsPasswords: Secrets['passwords'] },
  signal: AbortSignal,
): readonly ServerPart[] {
  const { ports } = layout;
  const starts: Record<ServerName, { port: number; start: Start }> = {
    postgres: { port: ports.postgres, start: startPostgres },
    nats: {
      port: ports.nats,
      start: (options) => startNats({ ...options, monitorPort: ports.natsMonitor, passwords: natsPasswords }),
    },
    elasticsearch: {
      port: ports.elasticsearch,
      start: (options) => startElasticsearch({ ...options, transportPort: ports.elasticsearchTransport }),
    },
  };
  return serversFor(env).map((name) => {
    const { port, start } = starts[name];
    const logFile = logFileOf(layout, name);
    const options = { dataDir: folderOf(layout, name), port, logFile, env };
    const startWhenLetUp: Start = async (each) => {
      await untilLetUp(layout, name, signal);
      return start(each);
    };
    const part = serverPart(name, options, startWhenLetUp, reporter, signal);
    return name === 'nats' && !env.ORDERLOG_NATS_URL ? withHealthWatch(part) : part;
  });

  function withHealthWatch(part: ServerPart): ServerPart {
    return {
      ...part,
      async start() {
        await part.start();
        void watchNatsHealth({
          url: `http://${HOST}:${ports.natsMonitor}`,
          folder: folderOf(layout, 'nats'),
          restart: () => part.kept().kill('SIGTERM'),
          tell: reporter.note,
          signal,
        });
      },
    };
  }
}

function serverPart(
  name: ServerName,
  options: ServerOptions,
  start: Start,
  reporter: Reporter,
  signal: AbortSignal,
): ServerPart {
  let kept: Kept | undefined;
  let server: RunningServer | undefined;
  const up = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error(`${name} is not up`);
    return value;
  };
  return {
    name,
    needs: [],
    url: () => up(server).url,
    kept: () => up(kept),
    async start() {
      rotateLog(options.logFile);
      reporter.begin(name);
      const onProgress = (progress: Parameters<Reporter['progress']>[1]) => {
        // Only of the first start: later ones are told as notes.
        if (!kept) reporter.progress(name, progress);
      };
      kept = await keepRunning({
        name,
        signal,
        tell: reporter.note,
        start: async (signal) => {
          server = await start({ ...options, signal, onProgress, onNote: reporter.note });
          return server;
        },
      });
      reporter.done(name, describe(up(server)));
    },
    async stop() {
      await kept?.stop(STOP_GRACE_MS);
      if (server?.pid !== undefined) reporter.note(`stopped ${name}`);
    },
  };
}

const SOURCES = { url: 'at its URL', path: 'from PATH', package: 'from its package' } as const;

const describe = ({ name, version, source, pid }: RunningServer): string =>
  `${name} ${version} ${SOURCES[source]}${pid ? `, process ${pid}` : ''}`;
