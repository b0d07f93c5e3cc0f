/**
 * One small shell for each of our processes that starts others: it ends them should this process die without doing so
 * (SIGKILL, a crash). A pipe closes whatever kills its owner, and a shell that waits on one costs next to nothing.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const GRACE_S = 10;

export type Watched = 'service' | 'server' | 'folder';

/** `value` is a process id, of a group's leader, or a folder's path without white space. Returns how to forget it. */
export function watch(kind: Watched, value: number | string): () => void {
  tell(`${kind} ${value}`);
  return () => tell(`forget ${value}`);
}

/** Makes it end what is left at once, as soon as this process is gone. */
export const hurry = (): void => tell('hurry 0');

function tell(line: string): void {
  shell ??= start();
  shell.stdin?.write(`${line}\n`);
}

let shell: ChildProcess | undefined;

function start(): ChildProcess {
  const script = fileURLToPath(new URL('watchdog.sh', import.meta.url));
  // A group of its own: a terminal's Ctrl-C, or a kill of ours, must not take it along.
  const child = spawn('sh', [script, String(GRACE_S)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
    env: { PATH: process.env.PATH },
  });
  // If it is gone, so is only the net below us.
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  child.unref();
  // @ts-expect-error -- a pipe is a Socket, which has unref
  child.stdin.unref();
  return child;
}
