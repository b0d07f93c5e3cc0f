/**
 * The peers' packages, which are Orderlog's in no way: they have a package.json and a lockfile of their own here, and are
 * installed when a benchmark asks for them. In the project's own they would make every `npm ci` 240 MB larger (Restate's
 * server is a binary of 226 MB), for what few ever run, and under licences that are not Orderlog's (the server's is BSL 1.1;
 * emmett declares none).
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import manifest from './package.json' with { type: 'json' };

const folder = import.meta.dirname;
const WITHIN_MS = 600_000;
const run = promisify(execFile);

let installing: Promise<string | undefined> | undefined;

/** Once for all peers of a run. Resolves with why they cannot be had, if so. */
export function installPeers(say: (line: string) => void, signal: AbortSignal): Promise<string | undefined> {
  installing ??= install(say, signal);
  return installing;
}

async function install(say: (line: string) => void, signal: AbortSignal): Promise<string | undefined> {
  if (isInstalled()) return undefined;
  say('installing the packages of the peers, once: about 85 MB to fetch');
  try {
    await run('npm', ['ci', '--prefix', folder], { cwd: folder, timeout: WITHIN_MS, signal });
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    const { stderr = '', message } = error as Error & { stderr?: string };
    const [reason = message] = stderr.split('\n').filter((line) => line.startsWith('npm error'));
    return `their packages cannot be installed (${reason}); npm ci --prefix bench/peers tells more`;
  }
}

/** In the very versions. */
const isInstalled = (): boolean =>
  Object.entries(manifest.dependencies).every(([name, version]) => versionOf(name) === version);

function versionOf(name: string): string | undefined {
  try {
    const text = readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8');
    return (JSON.parse(text) as { version: string }).version;
  } catch {
    return undefined;
  }
}
