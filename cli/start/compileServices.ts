/** Has the services compiled before they start, as the image has them. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { keepCompiled } from '../compileCache.ts';
import { NODE_FLAGS } from './nodeFlags.ts';
import { projectFolder } from './serviceParts.ts';

/** Takes seconds where nothing is kept yet. Throws with what it said if it cannot be done. */
export async function compileServices(signal: AbortSignal): Promise<void> {
  keepCompiled();
  const script = join(projectFolder, 'cli', 'start', 'compile.ts');
  await promisify(execFile)(process.execPath, [...NODE_FLAGS, script], { signal });
}
