/**
 * Node keeps what it makes of our TypeScript beside the other things that were fetched once, so that a process starts with
 * half the work: this one as far as it is not loaded yet, and all that it starts.
 */
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

export function keepCompiled(): void {
  const { env } = process;
  env.NODE_COMPILE_CACHE ??= join(
    env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'),
    'orderlog',
    'compiled',
  );
  // A folder that cannot be written is no reason not to start: it only says so in its result.
  enableCompileCache();
}
