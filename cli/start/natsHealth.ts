/**
 * Starts nats-server again where it has given a stream up: after a write that failed (a full disk) it refuses every later
 * one of that stream until its next start, also when there is room again. Its monitoring page `/healthz` says so.
 */
import { statfs } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

export interface NatsHealthOptions {
  /** Of its monitoring pages. */
  readonly url: string;
  /** On the disk that it writes to. */
  readonly folder: string;
  readonly restart: () => void;
  readonly tell: (line: string) => void;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  readonly pollMs?: number;
  /** Below it a start would only fail again. */
  readonly minFreeBytes?: number;
}

const POLL_MS = 3_000;
const REQUEST_TIMEOUT_MS = 2_000;
const MIN_FREE_BYTES = 64 * 1024 * 1024;
const MAX_TOLD_LENGTH = 300;

/** Until the signal; never throws. */
export async function watchNatsHealth(options: NatsHealthOptions): Promise<void> {
  const { url, folder, signal, pollMs = POLL_MS, minFreeBytes = MIN_FREE_BYTES } = options;
  while (!signal.aborted) {
    await sleep(pollMs, undefined, { signal }).catch(() => undefined);
    const problem = await writeError(url);
    if (signal.aborted || problem === undefined || !(await hasRoom(folder, minFreeBytes))) continue;
    options.tell(`NATS writes to a stream no more, and is started again: ${problem}`);
    options.restart();
  }
}

/** undefined: there is none, or nobody can tell. */
async function writeError(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(new URL('/healthz', url), {
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    const text = await response.text();
    return !response.ok && text.includes('write error') ? text.slice(0, MAX_TOLD_LENGTH) : undefined;
  } catch {
    return undefined;
  }
}

/** No, where nobody can tell: a folder that is gone, or whose disk is, would be made anew, and its streams would be lost. */
async function hasRoom(folder: string, bytes: number): Promise<boolean> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize >= bytes;
  } catch {
    return false;
  }
}
