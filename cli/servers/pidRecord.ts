/**
 * Who runs: a process id with the moment that process started, so that another one with the same id is not taken for it.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

interface Recorded {
  readonly pid: number;
  readonly started: string;
}

const POLL_MS = 50;
const GRACE_MS = 10_000;

/** When a process started, in the system's own words; undefined: there is no such process. */
function startOf(pid: number): string | undefined {
  try {
    if (process.platform !== 'linux')
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // After the name in brackets, which may hold anything: field 3 is the state, field 22 the start in ticks since boot.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return undefined;
    return `${fields[19]} ${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}`;
  } catch {
    return undefined;
  }
}

export function recordPid(file: string, pid: number): void {
  const started = startOf(pid);
  if (started) writeFileSync(file, `${JSON.stringify({ pid, started } satisfies Recorded)}\n`);
}

export const removePidRecord = (file: string): void => rmSync(file, { force: true });

/** The recorded process, if that very one is still alive. */
export function recordedPid(file: string): number | undefined {
  try {
    const { pid, started } = JSON.parse(readFileSync(file, 'utf8')) as Recorded;
    return startOf(pid) === started ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** Ends the recorded process: a server whose launcher was killed together with its watchdog. True if there was one. */
export async function endRecorded(file: string): Promise<boolean> {
  const pid = recordedPid(file);
  if (pid === undefined) return false;
  process.kill(pid, 'SIGINT');
  for (let waitedMs = 0; recordedPid(file) !== undefined; waitedMs += POLL_MS) {
    if (waitedMs >= GRACE_MS) killGroup(pid, 'SIGKILL');
    await sleep(POLL_MS);
  }
  removePidRecord(file);
  return true;
}

/** Sends a signal to a whole process group. False if there is none. */
export function killGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-leader, signal);
  } catch {
    return false;
  }
}

/** The command line of a process; empty if there is none. */
export function commandOf(pid: number): string {
  try {
    return process.platform === 'linux'
      ? readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      : execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}
