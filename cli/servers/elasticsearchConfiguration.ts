/** What a local Elasticsearch is told: one node, 127.0.0.1 only, no users unless wished for, a small heap, logs to where it is started. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Distribution } from './elasticsearchDistribution.ts';
import { fileRealm } from './elasticsearchUsers.ts';
import { HOST } from './ports.ts';
import type { ServerOptions } from './types.ts';

export interface ElasticsearchOptions extends ServerOptions {
  readonly transportPort: number;
  /** By user (elasticsearchUsers.ts): then nobody is served without. */
  readonly passwords?: Readonly<Record<string, string>>;
}

/** Of modules that this build may lack, and then would refuse to hear of. */
const MODULE_SETTINGS = [
  ['ingest-geoip', 'ingest.geoip.downloader.enabled: false'],
  ['x-pack-ml', 'xpack.ml.enabled: false'],
] as const;

/** Writes `config/` below the folder. */
export async function writeConfiguration(
  folder: string,
  { home }: Distribution,
  options: ElasticsearchOptions,
): Promise<void> {
  const modules = MODULE_SETTINGS.filter(([name]) => existsSync(join(home, 'modules', name)));
  const settings = [
    'cluster.name: orderlog-local',
    'node.name: local',
    `path.data: ${JSON.stringify(join(folder, 'data'))}`,
    `path.logs: ${JSON.stringify(join(folder, 'logs'))}`,
    'discovery.type: single-node',
    `network.host: ${HOST}`,
    `http.port: ${options.port}`,
    `transport.port: ${options.transportPort}`,
    `xpack.security.enabled: ${options.passwords !== undefined}`,
    'cluster.routing.allocation.disk.threshold_enabled: false',
    // By default it refuses requests while the heap is full, of garbage too, which the serial collector (below) would remove for the next of them.
    'indices.breaker.total.use_real_memory: false',
    ...modules.map(([, setting]) => setting),
  ];
  const write = (name: string, lines: readonly string[]) =>
    writeFile(join(folder, 'config', name), `# Written at each start.\n${lines.join('\n')}\n`);
  for (const [name, text] of Object.entries(options.passwords ? fileRealm(options.passwords) : {})) {
    await writeFile(join(folder, 'config', name), text);
  }
  await write('elasticsearch.yml', settings);
  await write('jvm.options', JVM_OPTIONS);
  await write('log4j2.properties', LOGGING);
}

const JVM_OPTIONS = [
  '-Xms512m',
  '-Xmx512m',
  // Two cores or one: a smaller start than G1's, and no worse with a heap of this size.
  '-XX:+UseSerialGC',
  // It starts with half the work and half the memory. What optimizes for a long life comes back by ES_JAVA_OPTS.
  '-XX:TieredStopAtLevel=1',
  '-XX:-AlwaysPreTouch',
  '-XX:+ExitOnOutOfMemoryError',
  '-Djava.io.tmpdir=$' + '{ES_TMPDIR}',
  // They would be kept in an index that this build cannot make.
  '-Des.queryable_built_in_roles_enabled=false',
  '20-:--add-modules=jdk.incubator.vector',
  '-Dorg.apache.lucene.store.MMapDirectory.sharedArenaMaxPermits=1',
];

const LOGGING = [
  'status = error',
  'appender.console.type = Console',
  'appender.console.name = console',
  'appender.console.layout.type = PatternLayout',
  'appender.console.layout.pattern = [%d{ISO8601}][%-5p][%c{1.}] %m%n%throwable',
  'rootLogger.level = info',
  'rootLogger.appenderRef.console.ref = console',
];
