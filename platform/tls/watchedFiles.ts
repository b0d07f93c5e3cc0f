/**
 * Files whose contents may change while the process runs, such as certificates that somebody renews.
 *
 * They are read again every few seconds, and not watched: a mounted Secret changes by a symbolic link, of which the system's
 * watches tell nothing reliable. What is read is judged before it is used; while it is no good, such as a certificate whose
 * key is not written yet, what was good before stays, and the log says so once.
 */
import { readFileSync } from 'node:fs';
import type { Logger } from 'pino';

export interface Watched<T> {
  /** The last that was good. */
  current(): T;
  /** Told of each new one. Returns how to stop listening. */
  onChange(listener: (value: T) => void): () => void;
  close(): void;
}

export interface WatchOptions<T> {
  /** What the files are, as the log says it. */
  readonly what: string;
  readonly files: readonly string[];
  /** Throws what is wrong with the contents, in the order of the files. */
  readonly parse: (contents: readonly Buffer[]) => T;
  readonly logger: Logger;
  readonly refreshMs?: number;
}

const REFRESH_MS = 5_000;

/** Reads the files for the first time at once: throws if they cannot be read, and what `parse` throws. */
export function watchFiles<T>(options: WatchOptions<T>): Watched<T> {
  const { what, files, parse, logger, refreshMs = REFRESH_MS } = options;
  const listeners = new Set<(value: T) => void>();
  const read = () => files.map((file) => readFileSync(file));
  let seen = read();
  let value = parse(seen);
  let told = '';

  function look(): void {
    try {
      const contents = read();
      if (contents.every((each, index) => seen[index]?.equals(each))) return;
      value = parse(contents);
      seen = contents;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (why !== told)
        logger.error({ files, why }, `${what} cannot be renewed; what was read before is used`);
      told = why;
      return;
    }
    told = '';
    logger.info({ files }, `${what} changed: what is new uses it`);
    for (const listener of listeners) listener(value);
  }

  const timer = setInterval(look, refreshMs);
  timer.unref();
  return {
    current: () => value,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => clearInterval(timer),
  };
}
