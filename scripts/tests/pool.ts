/**
 * Runs test files in a few processes at once. Each keeps its servers for all files that it runs, which is why this is not
 * mocha's own parallel mode: there, root hooks run for every file and nothing runs when a worker ends, so that each file
 * would have to start servers and a system anew.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Group } from './files.ts';
import type { FromWorker, Ran, ToWorker } from './worker.ts';

export interface Listener {
  begun(file: string): void;
  /** A line of the report, or what a test printed. */
  line(file: string, line: string): void;
  ended(file: string, ran: Ran): void;
}

interface Worker {
  readonly isAlive: () => boolean;
  run(file: string): Promise<Ran>;
  /** Ends its servers; how it failed to, if it did. */
  end(): Promise<string | undefined>;
}

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url));
const END_WITHIN_MS = 120_000;

const children = new Set<ChildProcess>();

/** Ends all workers at once; their watchdogs end what they started. */
export function killWorkers(): void {
  for (const child of children) child.kill('SIGKILL');
}

/**
 * Resolves when every file is run and every worker gone. A worker that does not end well is told as a failed file. The
 * last of several takes the groups from the end: what is heavy and stands first does not meet itself that often.
 */
export async function runGroups(
  groups: readonly Group[],
  workers: number,
  listener: Listener,
): Promise<void> {
  const queue = [...groups];
  const lane = async (_: unknown, index: number) => {
    const next = () => (index > 0 && index === workers - 1 ? queue.pop() : queue.shift());
    let worker: Worker | undefined;
    for (let group = next(); group; group = next()) {
      for (const file of group) {
        if (!worker?.isAlive()) worker = startWorker(listener);
        listener.begun(file);
        listener.ended(file, await worker.run(file));
      }
    }
    const failed = worker?.isAlive() ? await worker.end() : undefined;
    if (failed) listener.ended(`the end of process ${index + 1}`, { passes: 0, failures: 1, failed });
  };
  await Promise.all(Array.from({ length: workers }, lane));
}

function startWorker(listener: Listener): Worker {
  const child = fork(WORKER, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  children.add(child);
  let file = '';
  let ran: ((ran: Ran) => void) | undefined;
  let ending: string | undefined;
  const ended = new Promise<void>((resolve) => {
    child.on('close', (code, signal) => {
      children.delete(child);
      if (code !== 0) ending = `the process ended with ${signal ?? `exit code ${code}`}`;
      ran?.({ passes: 0, failures: 1, failed: ending ?? 'the process ended in the middle of it' });
      resolve();
    });
  });
  const say = (message: ToWorker) => child.send(message, () => undefined);
  child.on('message', (message: FromWorker) => {
    if ('line' in message) listener.line(file, message.line);
    else ran?.(message);
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => listener.line(file, text.trimEnd()));
  }
  return {
    isAlive: () => children.has(child),
    run(next) {
      file = next;
      say({ file });
      return new Promise((resolve) => {
        ran = resolve;
      });
    },
    async end() {
      ran = undefined;
      say('end');
      const tooLong = setTimeout(() => child.kill('SIGKILL'), END_WITHIN_MS);
      await ended;
      clearTimeout(tooLong);
      return ending;
    },
  };
}
