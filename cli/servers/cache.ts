/**
 * What was fetched is kept outside node_modules, in a folder of the user's cache: `npm ci` does not empty it, and clones
 * share it. An entry appears whole or not at all, by a rename; two processes that make the same one are safe.
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync } from 'node:fs';
import { chmod, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { canReach, type ServerUser } from './serverUser.ts';
import { StartError } from './types.ts';

/** A left-over of a process that was killed; younger ones may belong to somebody. */
const STALE_MS = 24 * 3_600_000;

/** The cache folder, where the user of the servers can reach it. */
export function cacheFolder(env: NodeJS.ProcessEnv, user: ServerUser | undefined): string {
  const own = join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'orderlog');
  const folder = isUsable(own, user) ? own : '/var/cache/orderlog';
  if (isUsable(folder, user)) return folder;
  throw new StartError(`cannot use ${folder} as a cache: set XDG_CACHE_HOME to a folder that may be written`);
}

function isUsable(folder: string, user: ServerUser | undefined): boolean {
  try {
    mkdirSync(folder, { recursive: true });
    return canReach(user, folder);
  } catch {
    return false;
  }
}

/** The cached folder `name`; `make` fills it if it is not there. */
export async function cached(
  cache: string,
  name: string,
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const target = join(cache, name);
  if (existsSync(target)) return target;
  await removeStale(cache);
  const folder = await mkdtemp(join(cache, `.making-${name}-`));
  try {
    await make(folder);
    await chmod(folder, 0o755);
    await rename(folder, target);
  } catch (error) {
    // Somebody else was faster: theirs is as good.
    if (!existsSync(target)) throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return target;
}

async function removeStale(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    const path = join(cache, name);
    if (!name.startsWith('.making-')) continue;
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
    if (Date.now() - mtimeMs > STALE_MS) await rm(path, { recursive: true, force: true });
  }
}

/** In hex. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
