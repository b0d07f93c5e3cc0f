/** A server as a child process: started in a group of its own, watched, awaited until it answers, stopped in order. */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { explainExit } from './explainExit.ts';
import { killGroup, recordPid, removePidRecord } from './pidRecord.ts';
import type { ServerUser } from './serverUser.ts';
import { type ExitInfo, StartError } from './types.ts';
import { watch } from './watchdog.ts';

export interface Launch {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly user: ServerUser | undefined;
  /** Its process id is recorded here. */
  readonly folder: string;
  readonly logFile: string;
  /** How to ask it to stop, each more urgent than the one before; SIGKILL is what comes last. */
  readonly stopSignals: readonly NodeJS.Signals[];
}

export interface ServerProcess {
  readonly name: string;
  readonly pid: number;
  readonly exited: Promise<ExitInfo>;
  readonly logFile: string;
  /** Where in the log its own output begins. */
  readonly logOffset: number;
  stop(graceMs: number): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

const POLL_MS = 50;
const URGENT_GRACE_MS = 2_000;
/** After SIGKILL. Where nobody reaps orphans, they stay in the list of processes although they are gone. */
const REAP_MS = 5_000;

export const pidFile = (folder: string): string => join(folder, 'process.json');

export async function launch(options: Launch): Promise<ServerProcess> {
  const { name, command, args, env, user, folder, logFile } = options;
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'a');
  const logOffset = statSync(logFile).size;
  const identity = user ? { uid: user.uid, gid: user.gid } : {};
  // A group of its own: Ctrl-C in a terminal reaches only us, and we stop servers in order.
  const child = spawn(command, args, {
    cwd: folder,
    env,
    ...identity,
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const exited = new Promise<ExitInfo>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) =>
      reject(new StartError(`${name}: cannot run ${command}: ${error.message}`)),
    );
  });
  const pid = child.pid as number;
  const forget = watch('server', pid);
  recordPid(pidFile(folder), pid);
  void exited.then(() => {
    forget();
    removePidRecord(pidFile(folder));
  });
  const kill = (signal: NodeJS.Signals) => void killGroup(pid, signal);
  const stop = (graceMs: number) => stopInOrder(pid, options.stopSignals, graceMs);
  return { name, pid, exited, logFile, logOffset, kill, stop };
}

async function stopInOrder(pid: number, signals: readonly NodeJS.Signals[], graceMs: number): Promise<void> {
  let patienceMs = graceMs;
  for (const signal of signals) {
    if (!killGroup(pid, 0)) return;
    signalLeader(pid, signal);
    // One that was stopped (SIGSTOP) would not hear it.
    killGroup(pid, 'SIGCONT');
    if (await groupIsGone(pid, patienceMs)) return;
    patienceMs = URGENT_GRACE_MS;
  }
  killGroup(pid, 'SIGKILL');
  await groupIsGone(pid, REAP_MS);
}

/** Only the leader: it knows in which order its helpers have to end. */
function signalLeader(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has just ended by itself.
  }
}

async function groupIsGone(pid: number, withinMs: number): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < withinMs; waitedMs += POLL_MS) {
    if (!killGroup(pid, 0)) return true;
    await sleep(POLL_MS);
  }
  return !killGroup(pid, 0);
}

/**
 * Waits until `probe` gives an answer. Throws StartError when the process ends or the time is over, or the signal's
 * reason; nothing of the process is left then.
 */
export async function untilReady<T>(
  server: ServerProcess,
  probe: () => Promise<T | undefined>,
  options: { readonly withinMs: number; readonly signal?: AbortSignal | undefined },
): Promise<T> {
  let exit: ExitInfo | undefined;
  void server.exited.then((info) => {
    exit = info;
  });
  const endsAtMs = performance.now() + options.withinMs;
  try {
    while (performance.now() < endsAtMs) {
      options.signal?.throwIfAborted();
      const answer = await probe().catch(() => undefined);
      if (exit) throw explainExit(server, exit);
      if (answer !== undefined) return answer;
      await sleep(POLL_MS);
    }
    throw new StartError(
      `${server.name} does not answer after ${options.withinMs / 1000} s: see ${server.logFile}`,
    );
  } catch (error) {
    await server.stop(0);
    throw error;
  }
}
