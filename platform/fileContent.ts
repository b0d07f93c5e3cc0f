/**
 * A small file whose content may change while a process runs, such as a mounted Secret: read when it starts, and again whenever
 * it is another. What cannot be read, or makes no sense, is told and leaves what was read before.
 */
import { readFileSync } from 'node:fs';
import { ConfigError } from './config.ts';
import type { Logger } from './logging.ts';

export interface FileContent<T> {
  current(): T;
  stop(): void;
}

export interface FileOptions<T> {
  /** The setting that names it, for messages. */
  readonly variable: string;
  readonly path: string;
  /** Throws an Error that says what is wrong; its message repeats nothing of the text. */
  readonly parse: (text: string) => T;
  readonly logger: Logger;
  readonly everyMs?: number;
}

/** Links of mounted Secrets are swapped, which no watch of a file tells: it is read. */
const EVERY_MS = 5_000;

/** Throws ConfigError where it cannot be used from the start. */
export function followFile<T>({
  variable,
  path,
  parse,
  logger,
  everyMs = EVERY_MS,
}: FileOptions<T>): FileContent<T> {
  const problem = (error: unknown) =>
    `${variable} is ${path}, which cannot be used: ${error instanceof Error ? error.message : String(error)}`;
  let text: string;
  let value: T;
  try {
    text = readFileSync(path, 'utf8');
    value = parse(text);
  } catch (error) {
    throw new ConfigError([problem(error)]);
  }
  let told = '';
  const look = () => {
    try {
      const found = readFileSync(path, 'utf8');
      if (found === text) return;
      value = parse(found);
      text = found;
      told = '';
      logger.info({ path }, `${variable}: the file has changed, and is used as it is now`);
    } catch (error) {
      const now = problem(error);
      if (now !== told) logger.error({ path }, `${now}; going on with what it was before`);
      told = now;
    }
  };
  const timer = setInterval(look, everyMs).unref();
  return { current: () => value, stop: () => clearInterval(timer) };
}
