/** The command line, as a process of its own beside a system. */
import { execFile } from 'node:child_process';
import type { System } from './system.ts';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export type Orderlog = (args: readonly string[], more?: NodeJS.ProcessEnv) => Promise<Ran>;

const TIMEOUT_MS = 60_000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

export const orderlogOn =
  ({ local }: Pick<System, 'local'>): Orderlog =>
  (args, more = {}) =>
    new Promise((resolve) => {
      const own = { ORDERLOG_PORT_BASE: local.portBase, ORDERLOG_DATA_DIR: local.dataDir };
      const env = { ...process.env, ...own, ...more };
      const options = { env, timeout: TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES };
      const child = execFile(process.execPath, ['cli/bin.js', ...args], options, (_, stdout, stderr) =>
        resolve({ code: child.exitCode ?? -1, stdout, stderr }),
      );
    });
