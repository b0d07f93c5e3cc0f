/**
 * nats-server: the one at ORDERLOG_NATS_URL, else started from PATH or from a package. Ours listens on 127.0.0.1 only and
 * syncs every acknowledged write to disk.
 *
 * The folder holds `nats.conf`, with the users' passwords for its owner only, and `jetstream/`.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { natsServers } from '../../platform/log/natsServers.ts';
import { externalServer } from './externalServer.ts';
import { findNats, isNatsNewEnough } from './natsBinary.ts';
import { authorization, OPERATOR } from './natsUsers.ts';
import { endRecorded } from './pidRecord.ts';
import { assertPortFree, HOST } from './ports.ts';
import { launch, pidFile, untilReady } from './serverProcess.ts';
import { type RunningServer, type ServerOptions, StartError } from './types.ts';
import { urlAs } from './urlAs.ts';

export interface NatsOptions extends ServerOptions {
  /** Of the server's monitoring pages; none without it. */
  readonly monitorPort?: number;
  /** By user (natsUsers.ts): then nobody is served without. */
  readonly passwords?: Readonly<Record<string, string>>;
}

const NAME = 'NATS';
/** It reads its streams before it listens. */
const READY_WITHIN_MS = 60_000;
const CONNECT_TIMEOUT_MS = 3_000;

export async function startNats(options: NatsOptions): Promise<RunningServer> {
  const { dataDir: folder, env, port, monitorPort } = options;
  if (env.ORDERLOG_NATS_URL) {
    return externalServer(NAME, 'ORDERLOG_NATS_URL', env.ORDERLOG_NATS_URL, versionOf);
  }
  await mkdir(folder, { recursive: true });
  await endRecorded(pidFile(folder));
  await assertPortFree(port, NAME);
  if (monitorPort) await assertPortFree(monitorPort, `${NAME} monitoring`);
  const binary = await findNats(options);
  options.onProgress?.({ what: 'starting' });
  const file = join(folder, 'nats.conf');
  await writeFile(file, configuration(options), { mode: 0o600 });
  const server = await launch({
    name: NAME,
    command: binary.command,
    args: ['--config', file],
    env: { PATH: env.PATH },
    user: undefined,
    folder,
    logFile: options.logFile,
    stopSignals: ['SIGTERM'],
  });
  const url = urlAs(`nats://${HOST}:${port}`, OPERATOR, options.passwords);
  const limits = { withinMs: READY_WITHIN_MS, signal: options.signal };
  const version = await untilReady(server, () => versionOf(url), limits);
  return { ...server, version, source: binary.source, url };
}

/** JSON strings are strings of this format too. */
const configuration = ({ dataDir, port, monitorPort, passwords }: NatsOptions): string =>
  `# Written at each start.
server_name: orderlog-local
listen: "${HOST}:${port}"
${monitorPort ? `http: "${HOST}:${monitorPort}"` : ''}
jetstream {
  store_dir: ${JSON.stringify(dataDir)}
  # Acknowledged means on disk: without this a power failure loses what was acknowledged.
  sync_interval: always
  # Streams reserve what they may grow to, which is more than a small disk has; a disk that is full says so itself.
  max_file_store: 1TB
}
${passwords ? authorization((user) => JSON.stringify(passwords[user])) : ''}`;

/** Connects and asks JetStream. Throws StartError if it is too old. */
async function versionOf(url: string): Promise<string> {
  const connection = await connect({
    ...natsServers(url),
    timeout: CONNECT_TIMEOUT_MS,
    reconnect: false,
  });
  try {
    await (await jetstreamManager(connection, { timeout: CONNECT_TIMEOUT_MS })).getAccountInfo();
    const version = connection.info?.version ?? '';
    if (isNatsNewEnough(version)) return version;
    throw new StartError(
      `nats-server ${version} is too old: it has no atomic batches; 2.15 or newer is needed`,
    );
  } finally {
    await connection.close();
  }
}
