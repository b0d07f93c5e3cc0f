/** This machine, and the data folder of a local system. */
import { existsSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { findJava } from '../../servers/java.ts';
import { recordedPid } from '../../servers/pidRecord.ts';
import { serverUser } from '../../servers/serverUser.ts';
import type { Layout } from '../../start/layout.ts';
import type { MachineFacts } from '../judge/machine.ts';

const OTHERS_MAY_READ = 0o077;

export async function machineFacts(
  layout: Layout | undefined,
  env: NodeJS.ProcessEnv,
  needsJava: boolean,
): Promise<MachineFacts> {
  return {
    node: process.versions.node,
    ...(needsJava && { java: await javaOf(env) }),
    ...(layout && existsSync(layout.dataDir) && { folder: await folderOf(layout) }),
  };
}

async function javaOf(env: NodeJS.ProcessEnv): Promise<NonNullable<MachineFacts['java']>> {
  try {
    return { home: await findJava(env, serverUser()) };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

async function folderOf(layout: Layout): Promise<NonNullable<MachineFacts['folder']>> {
  const { bavail, bsize } = await statfs(layout.dataDir);
  const launcher = recordedPid(layout.lock);
  return {
    path: layout.dataDir,
    freeBytes: bavail * bsize,
    secretsOpen: existsSync(layout.secrets) && (statSync(layout.secrets).mode & OTHERS_MAY_READ) !== 0,
    ...(launcher !== undefined && { launcher }),
  };
}
