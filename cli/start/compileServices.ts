/** Has the services compiled before they start, as the image has them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { keepCompiled } from '../compileCache.ts';
import { NODE_FLAGS } from './nodeFlags.ts';
import { projectFolder } from './serviceParts.ts';

/** Takes seconds where nothing is kept yet. Throws with what it said if it cannot be done. */
export async function compileServices(signal: AbortSignal): Promise<void> {
  keepCompiled();
  const script = join(projectFolder, 'cli', 'start', 'compile.ts');
  const child = spawn(process.execPath, [...NODE_FLAGS, script], {
    signal,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`compiling the services ended with ${code}: ${said.trim()}`);
}
