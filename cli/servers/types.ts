/** What the providers of the real servers have in common. */

/** Where a server comes from: somebody else's at a URL, a binary on PATH, or a package that we fetched. */
export type Source = 'url' | 'path' | 'package';

export interface ExitInfo {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A server that answers. One at a URL is not ours: its `exited` never settles, `kill` and `stop` do nothing to it. */
export interface RunningServer {
  readonly name: string;
  readonly pid: number | undefined;
  readonly version: string;
  readonly source: Source;
  readonly url: string;
  readonly exited: Promise<ExitInfo>;
  /** Stops it in order, by force when the grace is over. Resolves once nothing of it is left. */
  stop(graceMs: number): Promise<void>;
  /** Sends a signal to it and to all processes of its group. */
  kill(signal: NodeJS.Signals): void;
}

/** What a start is at; bytes where they are known. */
export interface Progress {
  readonly what: string;
  readonly doneBytes?: number;
  readonly totalBytes?: number;
}

export interface ServerOptions {
  /** The server's own folder; made if it is not there. */
  readonly dataDir: string;
  /** On 127.0.0.1. */
  readonly port: number;
  /** Its output is appended here. */
  readonly logFile: string;
  /** PATH, HOME, JAVA_HOME, ORDERLOG_*_URL and XDG_CACHE_HOME are read from here, not from process.env. */
  readonly env: NodeJS.ProcessEnv;
  /** Gives up the start; what was started is stopped. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** What people should know although it works, such as a binary that was passed over. */
  readonly onNote?: (line: string) => void;
}

/** Why a start failed, in one line that says what to do. */
export class StartError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StartError';
  }
}
