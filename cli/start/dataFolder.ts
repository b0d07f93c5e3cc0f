/** The data folder as a whole: who runs in it, and emptying it. */
import { existsSync, mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { endRecorded, recordedPid, recordPid, removePidRecord } from '../servers/pidRecord.ts';
import { pidFile } from '../servers/serverProcess.ts';
import { reachableFolder, serverUser } from '../servers/serverUser.ts';
import { StartError } from '../servers/types.ts';
import { folderOf, type Layout } from './layout.ts';

/** Makes the folder and takes it; throws StartError if another launcher runs in it. Returns how to leave it. */
export function takeDataFolder(layout: Layout): () => void {
  try {
    for (const folder of [layout.logs, layout.run]) mkdirSync(folder, { recursive: true });
    const running = recordedPid(layout.lock);
    if (running !== undefined) {
      throw new StartError(
        `Orderlog already runs in ${layout.dataDir} (process ${running}): stop it first, ` +
          'or set ORDERLOG_DATA_DIR and ORDERLOG_PORT_BASE to run another',
      );
    }
    recordPid(layout.lock, process.pid);
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(`${layout.dataDir} cannot be used: ${(error as Error).message}`, { cause: error });
  }
  return () => removePidRecord(layout.lock);
}

/** Where each server's files really are. */
const serverFolders = (layout: Layout): readonly string[] => [
  reachableFolder(folderOf(layout, 'postgres'), serverUser()),
  folderOf(layout, 'nats'),
  reachableFolder(folderOf(layout, 'elasticsearch'), serverUser()),
];

/** Removes what a system keeps there, and nothing else. */
export async function emptyDataFolder(layout: Layout): Promise<void> {
  for (const folder of serverFolders(layout)) await endRecorded(pidFile(folder));
  const own = [folderOf(layout, 'sandbox'), layout.logs, layout.run, layout.secrets];
  const paths = [...serverFolders(layout), ...own];
  for (const path of paths) await rm(path, { recursive: true, force: true });
  for (const folder of [layout.logs, layout.run]) mkdirSync(folder, { recursive: true });
}

/** Whether a PostgreSQL of ours has data already. */
export const hasDatabase = (layout: Layout): boolean =>
  existsSync(join(reachableFolder(folderOf(layout, 'postgres'), serverUser()), 'data'));
