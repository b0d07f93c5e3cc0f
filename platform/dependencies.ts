/**
 * What a process needs from others, looked at again and again, so that its health names what is missing. Each is looked at
 * by itself and within a bound: a look that does not come back counts as one that failed. One late answer is no outage:
 * two failed looks in a row are.
 */
import type { Logger } from 'pino';
import {
  type HealthListResponse,
  HealthCheckResponse_ServingStatus as Serving,
} from '../proto/gen/grpc/health/v1/health.ts';
import { pause, within } from './wait.ts';

export interface Dependency {
  /** Such as `postgres`: its health is asked for as `dependency.postgres`. */
  readonly name: string;
  /** Throws, or does not return, if it cannot be used now. */
  look(): Promise<unknown>;
}

export interface DependencyWatch {
  /** Whether it could be used when last looked at. */
  isUp(name: string): boolean;
  stop(): Promise<void>;
}

export interface WatchOptions {
  readonly logger: Logger;
  /** Told after each change. */
  readonly onChange: (name: string, up: boolean) => void;
  readonly everyMs?: number;
  readonly timeoutMs?: number;
}

const EVERY_MS = 1_000;
const TIMEOUT_MS = 3_000;
const FAILED_LOOKS = 2;

/** Its name among the services of a server's health. */
export const healthName = (dependency: string): string => `dependency.${dependency}`;

/** The names of the dependencies that a server says it cannot use. */
export const missingIn = ({ statuses }: HealthListResponse): readonly string[] =>
  Object.entries(statuses)
    .filter(([name, { status }]) => name.startsWith(healthName('')) && status !== Serving.SERVING)
    .map(([name]) => name.slice(healthName('').length));

export function watchDependencies(
  dependencies: readonly Dependency[],
  { logger, onChange, everyMs = EVERY_MS, timeoutMs = TIMEOUT_MS }: WatchOptions,
): DependencyWatch {
  const stopping = new AbortController();
  const down = new Set<string>();

  function set(name: string, problem: string | undefined): void {
    if (down.has(name) === (problem !== undefined)) return;
    if (problem === undefined) {
      down.delete(name);
      logger.info(`${name} is back`);
    } else {
      down.add(name);
      logger.warn({ why: problem }, `${name} cannot be used now; waiting for it`);
    }
    onChange(name, problem === undefined);
  }

  async function watch({ name, look }: Dependency): Promise<void> {
    for (let failed = 0; !stopping.signal.aborted; await pause(everyMs, stopping.signal)) {
      const problem = await problemOf(look, timeoutMs, stopping.signal);
      if (stopping.signal.aborted) return;
      failed = problem === undefined ? 0 : failed + 1;
      if (failed === 0 || failed >= FAILED_LOOKS) set(name, problem);
    }
  }

  const watching = dependencies.map(watch);
  return {
    isUp: (name) => !down.has(name),
    async stop() {
      stopping.abort();
      await Promise.all(watching);
    },
  };
}

/** What is wrong; undefined: nothing. */
function problemOf(
  look: () => Promise<unknown>,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const seen = look().then(
    () => undefined,
    (error) => (error instanceof Error ? error.message : String(error)),
  );
  return within(timeoutMs, seen, () => `no answer within ${timeoutMs} ms`, signal);
}
