/** Three nats-servers that are one cluster, each kept running: every acknowledged write is on disk on two of them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { findNats } from '../cli/servers/natsBinary.ts';
import { freePorts, HOST } from '../cli/servers/ports.ts';
import { launch, untilReady } from '../cli/servers/serverProcess.ts';
import { type Kept, keepRunning } from '../cli/start/keepRunning.ts';
import { natsServers } from '../platform/log/natsServers.ts';

export interface NatsCluster {
  /** All three, separated by commas. */
  readonly url: string;
  /** nats-1 to nats-3. */
  readonly nodes: ReadonlyMap<string, Kept>;
  stop(): Promise<void>;
}

export interface ClusterOptions {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly tell: (line: string) => void;
}

const NODES = [1, 2, 3] as const;
const READY_WITHIN_MS = 60_000;
const CONNECT_TIMEOUT_MS = 2_000;
const STOP_GRACE_MS = 5_000;

export async function startNatsCluster({ folder, env, tell }: ClusterOptions): Promise<NatsCluster> {
  const { command } = await findNats({ env });
  const base = await freePorts(2 * NODES.length);
  const giveUp = new AbortController();
  const ports = NODES.map((_, index) => ({ client: base + index, route: base + NODES.length + index }));
  const url = ports.map(({ client }) => `nats://${HOST}:${client}`).join(',');
  const routes = ports.map(({ route }) => `"nats://${HOST}:${route}"`).join(', ');
  const start = (node: number, { client, route }: (typeof ports)[number]) =>
    keepRunning({
      name: `nats-${node}`,
      tell,
      signal: giveUp.signal,
      async start(signal) {
        const own = join(folder, `nats-${node}`);
        mkdirSync(own, { recursive: true });
        const file = join(own, 'nats.conf');
        writeFileSync(file, configuration(node, own, client, route, routes));
        const server = await launch({
          name: `nats-${node}`,
          command,
          args: ['--config', file],
          env: { PATH: env.PATH },
          user: undefined,
          folder: own,
          logFile: join(folder, 'logs', `nats-${node}.log`),
          stopSignals: ['SIGTERM'],
        });
        // It answers; a leader is there only once a second one does.
        await untilReady(server, () => probe(client), { withinMs: READY_WITHIN_MS, signal });
        return server;
      },
    });
  const kept = await Promise.all(
    NODES.map((node, index) => start(node, ports[index] as (typeof ports)[number])),
  );
  const nodes = new Map(kept.map((each) => [each.name, each]));
  const stop = async () => {
    giveUp.abort();
    await Promise.all(kept.map((each) => each.stop(STOP_GRACE_MS)));
  };
  await untilLed(url).catch(async (error) => {
    await stop();
    throw error;
  });
  return { url, nodes, stop };
}

const configuration = (node: number, folder: string, client: number, route: number, routes: string): string =>
  `server_name: nats-${node}
listen: "${HOST}:${client}"
jetstream { store_dir: ${JSON.stringify(folder)}, sync_interval: always, max_file_store: 1TB }
cluster { name: chaos, listen: "${HOST}:${route}", routes: [${routes}] }
`;

async function probe(port: number): Promise<true> {
  const connection = await connect({
    servers: `nats://${HOST}:${port}`,
    timeout: CONNECT_TIMEOUT_MS,
    reconnect: false,
  });
  await connection.close();
  return true;
}

/** Until the cluster has chosen who answers for JetStream. */
async function untilLed(url: string): Promise<void> {
  const connection = await connect({ ...natsServers(url), timeout: CONNECT_TIMEOUT_MS });
  try {
    const untilMs = performance.now() + READY_WITHIN_MS;
    for (;;) {
      try {
        await (await jetstreamManager(connection, { timeout: CONNECT_TIMEOUT_MS })).getAccountInfo();
        return;
      } catch (error) {
        if (performance.now() > untilMs) throw error;
      }
    }
  } finally {
    await connection.close();
  }
}

/** Which node leads a stream. Asks until there is one. */
export async function streamLeader(url: string, stream: string, withinMs = 30_000): Promise<string> {
  const connection = await connect({ ...natsServers(url), timeout: CONNECT_TIMEOUT_MS });
  try {
    const untilMs = performance.now() + withinMs;
    for (;;) {
      const manager = await jetstreamManager(connection, { timeout: CONNECT_TIMEOUT_MS, checkAPI: false });
      const info = await manager.streams.info(stream).catch(() => undefined);
      if (info?.cluster?.leader) return info.cluster.leader;
      if (performance.now() > untilMs) throw new Error(`nobody leads ${stream}`);
    }
  } finally {
    await connection.close();
  }
}
