/**
 * Elasticsearch: the one at ORDERLOG_ELASTICSEARCH_URL, else started from PATH or from a package. Ours is a single node
 * without users unless passwords are given, on 127.0.0.1 only, with a heap of 512 MB; it ignores how full the disk is, as a
 * local one should.
 *
 * The folder holds `config/` (written at each start), `data/`, `logs/` and `tmp/`. Started by root, it lies where
 * `serverUser` can reach it.
 */
import { join } from 'node:path';
import { type ElasticsearchOptions, writeConfiguration } from './elasticsearchConfiguration.ts';
import { type Distribution, findElasticsearch } from './elasticsearchDistribution.ts';
import { OPERATOR } from './elasticsearchUsers.ts';
import { externalServer } from './externalServer.ts';
import { endRecorded } from './pidRecord.ts';
import { assertPortFree, HOST } from './ports.ts';
import { launch, pidFile, untilReady } from './serverProcess.ts';
import { giveFolder, reachableFolder, serverUser } from './serverUser.ts';
import { type RunningServer, StartError } from './types.ts';
import { urlAs } from './urlAs.ts';

const NAME = 'Elasticsearch';
const READY_WITHIN_MS = 180_000;
const REQUEST_TIMEOUT_MS = 5_000;
const OLDEST_MAJOR = 8;

export async function startElasticsearch(options: ElasticsearchOptions): Promise<RunningServer> {
  const { env, port, transportPort } = options;
  if (env.ORDERLOG_ELASTICSEARCH_URL) {
    return externalServer(NAME, 'ORDERLOG_ELASTICSEARCH_URL', env.ORDERLOG_ELASTICSEARCH_URL, versionOf);
  }
  const user = serverUser();
  const folder = reachableFolder(options.dataDir, user);
  if (folder !== options.dataDir)
    options.onNote?.(`${NAME} keeps its data in ${folder}, where user ${user?.name} can reach it`);
  await giveFolder(folder, user);
  await endRecorded(pidFile(folder));
  await assertPortFree(port, NAME);
  await assertPortFree(transportPort, `${NAME} transport`);
  const distribution = await findElasticsearch(options, user);
  options.onProgress?.({ what: 'starting' });
  for (const name of ['config', 'data', 'logs', 'tmp']) await giveFolder(join(folder, name), user);
  await writeConfiguration(folder, distribution, options);
  const server = await launch({
    name: NAME,
    command: join(distribution.home, 'bin', 'elasticsearch'),
    args: [],
    env: environment(folder, distribution, env),
    user,
    folder,
    logFile: options.logFile,
    stopSignals: ['SIGTERM'],
  });
  const url = urlAs(`http://${HOST}:${port}`, OPERATOR, options.passwords);
  const version = await untilReady(server, () => versionOf(url), {
    withinMs: READY_WITHIN_MS,
    signal: options.signal,
  });
  return { ...server, version, source: distribution.source, url };
}

function environment(folder: string, { javaHome }: Distribution, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    PATH: env.PATH,
    ES_PATH_CONF: join(folder, 'config'),
    ES_TMPDIR: join(folder, 'tmp'),
    ...(javaHome ? { ES_JAVA_HOME: javaHome } : {}),
    ...(env.ES_JAVA_OPTS ? { ES_JAVA_OPTS: env.ES_JAVA_OPTS } : {}),
    // Of the small launcher, not of the server: it is over before optimizing pays.
    CLI_JAVA_OPTS: '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC',
  };
}

/** This build has no `GET /`: the cluster's health tells whether it works, the node its version. */
async function versionOf(url: string): Promise<string> {
  const health = await get<{ status: string }>(url, '_cluster/health?wait_for_status=yellow&timeout=2s');
  if (health.status === 'red') throw new Error('its cluster is red');
  const { nodes } = await get<{ nodes: Record<string, { version: string }> }>(
    url,
    '_nodes/_local?filter_path=nodes.*.version',
  );
  const version = Object.values(nodes)[0]?.version ?? '';
  if (Number.parseInt(version, 10) >= OLDEST_MAJOR) return version;
  throw new StartError(`Elasticsearch ${version} is too old: ${OLDEST_MAJOR} or newer is needed`);
}

async function get<T>(url: string, path: string): Promise<T> {
  const { username, password, href } = new URL(path, url.endsWith('/') ? url : `${url}/`);
  const plain = href.replace(/\/\/[^/@]*@/, '//');
  const basic = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString(
    'base64',
  );
  const response = await fetch(plain, {
    headers: username ? { authorization: `Basic ${basic}` } : {},
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return (await response.json()) as T;
}
