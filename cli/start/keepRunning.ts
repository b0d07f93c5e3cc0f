/** Keeps one process alive: a server or a service that dies is started again, after a pause that grows. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExitInfo } from '../servers/types.ts';

/** A process that is up. */
export interface Running {
  readonly pid: number | undefined;
  readonly exited: Promise<ExitInfo>;
  kill(signal: NodeJS.Signals): void;
  stop(graceMs: number): Promise<void>;
  /** What it said last. */
  lastWords?(): string;
}

export interface Kept {
  readonly name: string;
  /** undefined while it is down. */
  readonly pid: number | undefined;
  /** How often it was started again. */
  readonly restarts: number;
  /** Sends a signal to it, if it is up. */
  kill(signal: NodeJS.Signals): void;
  /** Resolves when it is up again the next time; ask before you kill. */
  restarted(): Promise<void>;
  stop(graceMs: number): Promise<void>;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** Up for so long, it works: the next pause is the first again. */
const HEALTHY_MS = 10_000;

/** What to do with a process that came up just when all was stopped. */
const LATE_GRACE_MS = 1_000;

export interface KeepOptions {
  readonly name: string;
  readonly start: (signal: AbortSignal) => Promise<Running>;
  /** Gets a line for people whenever it dies, and when it is up again. */
  readonly tell: (line: string) => void;
  /** Aborted: starts nothing any more. What is up stays so until `stop`. */
  readonly signal: AbortSignal;
}

/** Starts it; throws what the first start throws. */
export async function keepRunning({ name, start, tell, signal: given }: KeepOptions): Promise<Kept> {
  const stopping = new AbortController();
  const signal = AbortSignal.any([given, stopping.signal]);
  const waiting: (() => void)[] = [];
  let current: Running | undefined = await start(signal);
  let restarts = 0;
  let failures = 0;

  const startAgain = async (): Promise<Running | undefined> => {
    while (!signal.aborted) {
      const pauseMs = pauseAfter(failures);
      failures += 1;
      tell(`starting ${name} again in ${pauseMs / 1000} s`);
      try {
        await sleep(pauseMs, undefined, { signal });
        return await start(signal);
      } catch (error) {
        if (!signal.aborted) tell((error as Error).message);
      }
    }
    return undefined;
  };
  const follow = async (running: Running): Promise<void> => {
    const upSinceMs = performance.now();
    const exit = await running.exited;
    current = undefined;
    if (signal.aborted) return;
    if (performance.now() - upSinceMs > HEALTHY_MS) failures = 0;
    tell(`${name} ${describeExit(exit)}${wordsOf(running)}`);
    const next = await startAgain();
    if (!next) return;
    if (signal.aborted) return next.stop(LATE_GRACE_MS);
    current = next;
    restarts += 1;
    tell(`${name} is up again (process ${next.pid})`);
    for (const resolve of waiting.splice(0)) resolve();
    return follow(next);
  };
  const following = follow(current);

  return {
    name,
    get pid() {
      return current?.pid;
    },
    get restarts() {
      return restarts;
    },
    kill: (signalName) => current?.kill(signalName),
    restarted: () => new Promise((resolve) => waiting.push(resolve)),
    async stop(graceMs) {
      stopping.abort();
      await (current ? current.stop(graceMs) : following);
    },
  };
}

const pauseAfter = (failures: number): number => Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS);

const wordsOf = (running: Running): string => {
  const words = running.lastWords?.();
  return words ? `: ${words}` : '';
};

export const describeExit = ({ code, signal }: ExitInfo): string =>
  signal ? `was ended by ${signal}` : `ended with exit code ${code}`;
