/** Finding and running other programs. */
import { execFile } from 'node:child_process';
import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The first executable of that name on the PATH, symbolic links resolved. */
export function findOnPath(name: string, env: NodeJS.ProcessEnv): string | undefined {
  const folders = (env.PATH ?? '').split(delimiter).filter(Boolean);
  return folders.map((folder) => executable(join(folder, name))).find((path) => path !== undefined);
}

/** The path with symbolic links resolved, if it is a file that can be executed. */
export function executable(path: string): string | undefined {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile() ? realpathSync(path) : undefined;
  } catch {
    return undefined;
  }
}

export interface CommandOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly signal?: AbortSignal | undefined;
}

/** A program that failed: `output` is all that it printed. */
export class CommandError extends Error {
  readonly output: string;

  constructor(message: string, output: string, options: ErrorOptions) {
    super(message, options);
    this.name = 'CommandError';
    this.output = output;
  }
}

/** Runs a program to its end; what it printed on stdout and stderr. Throws CommandError with its last words if it fails. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<string> {
  const { timeoutMs, signal, ...rest } = options;
  return new Promise((resolve, reject) => {
    const limits = { timeout: timeoutMs, maxBuffer: 16 * 1024 * 1024, ...(signal ? { signal } : {}) };
    execFile(command, args, { ...rest, ...limits }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout + stderr);
      if (signal?.aborted) return reject(signal.reason);
      const words = error.killed ? `no end after ${timeoutMs / 1000} s` : lastLine(stderr || stdout);
      const message = `${command} ${args[0] ?? ''} failed: ${words || error.message}`;
      reject(new CommandError(message, stdout + stderr, { cause: error }));
    });
  });
}

/** The last line that is not empty. */
export const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1)?.trim() ?? '';

/** [major, minor] of the first version number in a text. */
export function versionIn(text: string): { text: string; major: number; minor: number } | undefined {
  const match = /(\d+)\.(\d+)(\.\d+)*/.exec(text);
  return match ? { text: match[0], major: Number(match[1]), minor: Number(match[2]) } : undefined;
}
