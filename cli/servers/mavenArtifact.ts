/**
 * Fetches a file from Maven Central, checks its SHA-256, and says how far it is.
 *
 * The download runs in a process of its own: the client library neither reports a connection that breaks in the middle
 * nor can be told to stop; a process can be ended, and started again.
 */
import { fork } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256OfFile } from './cache.ts';
import { lastLine } from './commands.ts';
import { type Progress, StartError } from './types.ts';

export interface Artifact {
  /** group:artifact:extension:version */
  readonly coordinates: string;
  readonly sha256: string;
  readonly bytes: number;
}

const TRIES = 3;
const POLL_MS = 200;
/** Not one byte more for so long: it hangs. */
const STALL_MS = 60_000;

/** Throws StartError when the last try has failed. */
export async function fetchArtifact(
  artifact: Artifact,
  file: string,
  options: {
    readonly what: string;
    readonly env: NodeJS.ProcessEnv;
    readonly signal?: AbortSignal | undefined;
    readonly onProgress?: ((progress: Progress) => void) | undefined;
  },
): Promise<void> {
  const { what, onProgress } = options;
  const tell = (doneBytes: number) => onProgress?.({ what, doneBytes, totalBytes: artifact.bytes });
  let failure = '';
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    tell(0);
    failure = await download(artifact, file, { ...options, tell });
    options.signal?.throwIfAborted();
    if (!failure && (await sha256OfFile(file)) === artifact.sha256) return;
    failure ||= 'what came has another SHA-256 than it should';
  }
  throw new StartError(`${what} failed ${TRIES} times: ${failure}`);
}

/** Why it failed; empty if it did not. */
function download(
  artifact: Artifact,
  file: string,
  options: {
    readonly env: NodeJS.ProcessEnv;
    readonly signal?: AbortSignal | undefined;
    readonly tell: (doneBytes: number) => void;
  },
): Promise<string> {
  const script = fileURLToPath(new URL('mavenDownload.ts', import.meta.url));
  const child = fork(script, [artifact.coordinates, dirname(file), basename(file)], {
    // Lets the built-in agent, which the library uses, honour HTTPS_PROXY.
    env: { ...options.env, NODE_USE_ENV_PROXY: '1' },
    execArgv: [],
    silent: true,
  });
  let words = '';
  child.stderr?.on('data', (chunk) => {
    words = (words + chunk).slice(-4_096);
  });
  const end = () => child.kill('SIGKILL');
  options.signal?.addEventListener('abort', end, { once: true });
  let bytes = 0;
  let grewAtMs = performance.now();
  const timer = setInterval(async () => {
    const { size } = await stat(file).catch(() => ({ size: 0 }));
    if (size !== bytes) grewAtMs = performance.now();
    else if (performance.now() - grewAtMs > STALL_MS) end();
    bytes = size;
    options.tell(bytes);
  }, POLL_MS);
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      clearInterval(timer);
      options.signal?.removeEventListener('abort', end);
      if (code === 0) resolve('');
      else resolve(signal ? `no byte in ${STALL_MS / 1000} s` : lastLine(words));
    });
  });
}
