/**
 * One life of a service: a Node process of its own, up when it sends `{ type: 'ready' }` over IPC. Until then it may say why it is
 * not, as `{ type: 'waiting', why }`, again and again: whoever listens to that waits for it as long as it does.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { killGroup } from '../servers/pidRecord.ts';
import { type ExitInfo, StartError } from '../servers/types.ts';
import { watch } from '../servers/watchdog.ts';
import { describeExit, type Running } from './keepRunning.ts';
import { NODE_ENVIRONMENT, nodeFlags } from './nodeFlags.ts';
import type { ServiceLog } from './serviceLog.ts';

export interface ServiceStart {
  readonly name: string;
  /** The script, and the folder that it runs in. */
  readonly main: string;
  /** The bound on its heap, unless it is the usual one (nodeFlags.ts). */
  readonly heapMb?: number | undefined;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: ServiceLog;
  /** Gives up the start. */
  readonly signal: AbortSignal;
  /** Told why it is not ready, whenever that changes. Unset: it is not waited for longer than others are. */
  readonly onWaiting?: (why: string) => void;
  /** How long nothing may be heard of it before it is given up. */
  readonly readyWithinMs?: number;
}

const READY_WITHIN_MS = 90_000;

/** Throws StartError with what the service said if it ends before, or is not up in time. */
export async function startService(options: ServiceStart): Promise<Running> {
  const { name, main, heapMb, cwd, env, signal } = options;
  signal.throwIfAborted();
  const child = fork(main, [], {
    cwd,
    env: { ...NODE_ENVIRONMENT, ...env },
    execArgv: [...nodeFlags(heapMb)],
    // A group of its own: Ctrl-C in a terminal reaches only us, and we stop services in order.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const exited = new Promise<ExitInfo>((resolve) => {
    child.once('close', (code, exitSignal) => resolve({ code, signal: exitSignal }));
  });
  const lastWords = child.stdout && child.stderr ? options.log.follow(child.stdout, child.stderr) : () => '';
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.on('error', (error) => reject(new StartError(`${name}: ${error.message}`)));
  });
  const pid = child.pid as number;
  void exited.then(watch('service', pid));
  const running: Running = {
    pid,
    exited,
    lastWords,
    kill: (signalName) => void killGroup(pid, signalName),
    stop: (graceMs) => stopService(child, pid, exited, graceMs),
  };
  try {
    await untilReady(child, running, options);
    return running;
  } catch (error) {
    await running.stop(0);
    throw error;
  }
}

async function untilReady(
  child: ChildProcess,
  running: Running,
  { name, signal, onWaiting, readyWithinMs = READY_WITHIN_MS }: ServiceStart,
): Promise<void> {
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>();
  let why = '';
  let isOver = false;
  const giveUp = () => {
    const said = why && `: ${why}`;
    reject(new StartError(`${name} is not ready after ${readyWithinMs / 1_000} s${said}`));
  };
  const timer = setTimeout(giveUp, readyWithinMs);
  const hear = (message: { readonly type?: unknown; readonly why?: unknown } | null) => {
    if (message?.type === 'ready') resolve();
    if (message?.type !== 'waiting' || isOver) return;
    const before = why;
    why = String(message.why);
    if (!onWaiting) return;
    timer.refresh();
    if (why !== before) onWaiting(why);
  };
  const abort = () => reject(signal.reason);
  child.on('message', hear);
  signal.addEventListener('abort', abort, { once: true });
  void running.exited.then((exit) => reject(couldNotStart(name, running, exit)));
  try {
    await ready;
  } finally {
    isOver = true;
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}

function couldNotStart(name: string, running: Running, exit: ExitInfo): StartError {
  const words = running.lastWords?.();
  return new StartError(`${name} could not start: it ${describeExit(exit)}${words ? `\n${words}` : ''}`);
}

async function stopService(
  child: ChildProcess,
  pid: number,
  exited: Promise<ExitInfo>,
  graceMs: number,
): Promise<void> {
  if (graceMs > 0) child.kill('SIGTERM');
  // One that was stopped (SIGSTOP) would not hear it.
  killGroup(pid, 'SIGCONT');
  const force = setTimeout(() => killGroup(pid, 'SIGKILL'), graceMs);
  await exited;
  clearTimeout(force);
}
