/** The processes of the local system that `npm start` runs here, for doing harm to them. */
import { OrderlogError } from '../../platform/errors.ts';
import { dataDirOf } from '../localSystem.ts';
import { killGroup, recordedPid } from '../servers/pidRecord.ts';
import { pidFile } from '../servers/serverProcess.ts';
import { reachableFolder, serverUser } from '../servers/serverUser.ts';
import { holdDown } from '../start/held.ts';
import { folderOf, type Layout, layoutOf, servicePidFile } from '../start/layout.ts';
import { SERVERS, type ServerName } from '../start/localServers.ts';
import { services } from '../start/services.ts';

export const PARTS: readonly string[] = [...services.map(({ name }) => name), ...SERVERS];

/** Throws OrderlogError if no launcher runs in the data folder: nothing of others is ever harmed. */
export function runningLayout(env: NodeJS.ProcessEnv): Layout {
  const layout = layoutOf(dataDirOf(env), env.ORDERLOG_PORT_BASE);
  if (recordedPid(layout.lock) !== undefined) return layout;
  const message = `no Orderlog runs in ${layout.dataDir}: start one (npm start), or set ORDERLOG_DATA_DIR as it was given it`;
  throw new OrderlogError('FAILED_PRECONDITION', 'NO_LOCAL_SYSTEM', message);
}

const isServer = (part: string): part is ServerName => SERVERS.some((server) => server === part);

const pidFileOf = (layout: Layout, part: string): string =>
  isServer(part)
    ? pidFile(
        part === 'nats' ? folderOf(layout, part) : reachableFolder(folderOf(layout, part), serverUser()),
      )
    : servicePidFile(layout, part);

/** SIGKILL, and stays down for so long. Returns the process that it was. */
export function killPart(layout: Layout, part: string, downMs: number): number {
  const pid = recordedPid(pidFileOf(layout, part));
  if (pid === undefined) {
    const message = `${part} is not up, or is not run by this system`;
    throw new OrderlogError('FAILED_PRECONDITION', 'PART_NOT_UP', message);
  }
  if (downMs > 0) holdDown(layout, part, downMs);
  killGroup(pid, 'SIGKILL');
  return pid;
}
