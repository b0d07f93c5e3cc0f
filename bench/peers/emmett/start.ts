/**
 * emmett's PostgreSQL event store: a PostgreSQL of its own, with the very settings that Orderlog's has (each commit is on disk
 * before it is answered), and one Node process that handles commands.
 */
import { join } from 'node:path';
import { freePorts, HOST } from '../../../cli/servers/ports.ts';
import { startPostgres } from '../../../cli/servers/postgres.ts';
import { withClient } from '../../../cli/servers/serviceDatabase.ts';
import manifest from '../package.json' with { type: 'json' };
import { ask, askAll, type Peer, type PeerPlace } from '../peer.ts';
import { type Stoppable, startScript, stopAll } from '../processes.ts';

/** What the docs set where they set a pool. */
const CONNECTIONS = 20;
const PORTS = 2;

export async function startEmmett(place: PeerPlace): Promise<Peer> {
  const base = await freePorts(PORTS);
  const port = base + 1;
  const started: Stoppable[] = [];
  try {
    const postgres = await startPostgres({
      dataDir: join(place.folder, 'postgres'),
      port: base,
      logFile: join(place.folder, 'postgres.log'),
      env: withoutUrl(process.env),
      signal: place.signal,
    });
    started.push(postgres);
    started.push(await startApp(place, port, postgres.url));
    const url = `http://${HOST}:${port}`;
    return {
      version: `emmett ${manifest.dependencies['@event-driven-io/emmett-postgresql']} on PostgreSQL ${postgres.version}`,
      placeUrl: `${url}/orders/{id}`,
      // As before each turn of Orderlog.
      settle: () => withClient(postgres.url, async (client) => void (await client.query('checkpoint'))),
      status: async (orderId) => String(await ask(`${url}/orders/${orderId}`, 'GET')),
      put: async (sku, item) => void (await ask(`${url}/stock/${sku}`, 'PUT', item)),
      available: (skus) => askAll(skus, async (sku) => Number(await ask(`${url}/stock/${sku}`, 'GET'))),
      stop: () => stopAll(started),
    };
  } catch (error) {
    await stopAll(started);
    throw error;
  }
}

/** Somebody's own PostgreSQL has settings of its own. */
const withoutUrl = ({ ORDERLOG_POSTGRES_URL: _, ...env }: NodeJS.ProcessEnv): NodeJS.ProcessEnv => env;

const startApp = (place: PeerPlace, port: number, databaseUrl: string): Promise<Stoppable> =>
  startScript({
    ...place,
    name: 'emmett',
    script: join(import.meta.dirname, 'app', 'serve.ts'),
    env: {
      NODE_ENV: 'production',
      PEER_PORT: String(port),
      PEER_PROVIDER_URL: place.providerUrl,
      PEER_DATABASE_URL: databaseUrl,
      PEER_CONNECTIONS: String(CONNECTIONS),
    },
    // No such order yet; that it says so is enough.
    probe: () => fetch(`http://${HOST}:${port}/orders/none`),
  });
