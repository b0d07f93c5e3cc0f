/** One small file whose content may change while a process runs, such as a mounted Secret, by the setting that names it. */
import { ConfigError } from './config.ts';
import type { Logger } from './logging.ts';
import { type Watched, watchFiles } from './tls/watchedFiles.ts';

export interface FileOptions<T> {
  /** The setting that names it, for messages. */
  readonly variable: string;
  readonly path: string;
  /** Throws an Error that says what is wrong; its message repeats nothing of the text. */
  readonly parse: (text: string) => T;
  readonly logger: Logger;
  readonly refreshMs?: number;
}

/** Throws ConfigError where it cannot be used from the start. */
export function followFile<T>({ variable, path, parse, ...options }: FileOptions<T>): Watched<T> {
  try {
    const parseOne = (contents: readonly Buffer[]) => parse(Buffer.concat(contents).toString());
    return watchFiles({ what: variable, files: [path], parse: parseOne, ...options });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigError([`${variable} is ${path}, which cannot be used: ${why}`]);
  }
}
