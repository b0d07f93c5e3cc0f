/**
 * Restate on one node: the server from its npm package, the order saga beside it in a Node process, registered with it.
 *
 * Settings are the server's own for production (`--production`; the only difference to its defaults is that a node does not
 * make a cluster by itself, which the first one must), which sync every batch of its log before they answer:
 * https://docs.restate.dev/server/overview, "When to Choose Single-Node". Besides addresses, the node's fixed name and the
 * switched-off telemetry, two settings are in its favour. Fewer partitions than the default 24, two for each core, since each
 * has a log of its own, and what comes together in a log is written together; measured on 2 cores, an order then costs the
 * server about a third less. And more invocations at once than the default 1,000 of a partition: orders under way hold their
 * places while they wait for the stock's invocations, which would find none left until the inactivity timeout, a minute
 * (https://github.com/restatedev/documentation/issues/548).
 *
 * Orders are placed over the ingress (https://docs.restate.dev/services/invocation/http): by request and response, and by
 * one-way invocations, which are answered once the workflow is submitted.
 */
import { spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts, HOST } from '../../../cli/servers/ports.ts';
import manifest from '../package.json' with { type: 'json' };
import { ask, type Peer, type PeerPlace } from '../peer.ts';
import { type Stoppable, start, startScript, stopAll } from '../processes.ts';
import { introspect } from './introspection.ts';

/** The binary itself: the command of the package only finds and starts it. */
const BINARY = join(
  import.meta.dirname,
  '..',
  'node_modules',
  '@restatedev',
  `restate-server-${process.platform}-${process.arch}`,
  'bin',
  'restate-server',
);
const PARTITIONS_PER_CORE = 2;
/** What version 1.8 makes the default, of a whole node; of each partition until then. */
const INVOCATIONS_AT_ONCE = 24_000;
const REGISTER_WITHIN_MS = 30_000;
const PORTS = 4;

/** Why it cannot run on this machine, if so: there is none for it, or it misses a library. */
export function missingServer(): string | undefined {
  const { status, stderr, error } = spawnSync(BINARY, ['--version'], { encoding: 'utf8' });
  if (status === 0) return undefined;
  return `Restate's server does not run here (${process.platform}, ${process.arch}): ${error?.message ?? stderr.trim()}`;
}

export async function startRestate(place: PeerPlace): Promise<Peer> {
  const base = await freePorts(PORTS);
  const [ingress, admin, fabric, service] = [base, base + 1, base + 2, base + 3];
  const started: Stoppable[] = [];
  try {
    started.push(
      await start({
        ...place,
        name: 'restate',
        command: BINARY,
        args: ['--production', '--auto-provision', 'true', '--no-logo'],
        env: settings({ ingress, admin, fabric }),
        probe: () => ask(`http://${HOST}:${admin}/health`, 'GET'),
      }),
    );
    started.push(await startServices(place, service));
    await register(admin, service, place.signal);
  } catch (error) {
    await stopAll(started);
    throw error;
  }
  const api = `http://${HOST}:${ingress}/restate`;
  const call = `${api}/call`;
  const { available, ...orders } = introspect(`http://${HOST}:${admin}/query`);
  return {
    version: `Restate ${manifest.dependencies['@restatedev/restate-server']}`,
    placeUrl: `${call}/Orders/{id}/run`,
    oneWay: { placeUrl: `${api}/send/Orders/{id}/run`, ...orders },
    status: async (orderId) => String(await ask(`${call}/Orders/${orderId}/status`, 'POST')),
    put: async (sku, item) => void (await ask(`${call}/Stock/${sku}/put`, 'POST', item)),
    available,
    stop: () => stopAll(started),
  };
}

const settings = (ports: { readonly ingress: number; readonly admin: number; readonly fabric: number }) => ({
  RESTATE_NODE_NAME: 'bench',
  RESTATE_LISTEN_MODE: 'tcp',
  RESTATE_BIND_IP: HOST,
  RESTATE_ADVERTISED_HOST: HOST,
  RESTATE_BIND_PORT: String(ports.fabric),
  RESTATE_INGRESS__BIND_PORT: String(ports.ingress),
  RESTATE_ADMIN__BIND_PORT: String(ports.admin),
  RESTATE_DISABLE_TELEMETRY: 'true',
  RESTATE_LOG_FILTER: 'warn',
  RESTATE_WORKER__INVOKER__CONCURRENT_INVOCATIONS_LIMIT: String(INVOCATIONS_AT_ONCE),
  RESTATE_DEFAULT_NUM_PARTITIONS: String(PARTITIONS_PER_CORE * availableParallelism()),
});

const startServices = (place: PeerPlace, port: number): Promise<Stoppable> =>
  startScript({
    ...place,
    name: 'restate-services',
    script: join(import.meta.dirname, 'app', 'serve.ts'),
    env: {
      NODE_ENV: 'production',
      // Else it writes a line for each invocation.
      RESTATE_LOGGING: 'WARN',
      PEER_PORT: String(port),
      PEER_PROVIDER_URL: place.providerUrl,
    },
    probe: () => connects(port),
  });

/** It speaks HTTP/2 only. */
const connects = (port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, HOST, () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', reject);
  });

/** The server may still be electing the leaders of its partitions. */
async function register(admin: number, service: number, signal: AbortSignal): Promise<void> {
  const untilMs = performance.now() + REGISTER_WITHIN_MS;
  for (;;) {
    try {
      await ask(`http://${HOST}:${admin}/deployments`, 'POST', { uri: `http://${HOST}:${service}` });
      return;
    } catch (error) {
      if (performance.now() > untilMs) throw error;
      await sleep(200, undefined, { signal });
    }
  }
}
