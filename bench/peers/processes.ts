/** The processes of a peer: each in a group of its own, in a folder of its own, and gone when it is stopped. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { launch, untilReady } from '../../cli/servers/serverProcess.ts';
import { NODE_ENVIRONMENT, NODE_FLAGS } from '../../cli/start/nodeFlags.ts';

export interface Start {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Below it, its own. */
  readonly folder: string;
  /** Rejects until it is up. */
  readonly probe: () => Promise<unknown>;
  readonly signal: AbortSignal;
}

const READY_WITHIN_MS = 60_000;
const STOP_GRACE_MS = 10_000;

/** What a RunningServer, and a process that was started here, have in common. */
export interface Stoppable {
  stop(graceMs: number): Promise<void>;
}

export async function start({ name, command, args, env, folder, probe, signal }: Start): Promise<Stoppable> {
  const own = join(folder, name);
  mkdirSync(own, { recursive: true });
  const server = await launch({
    name,
    command,
    args,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    user: undefined,
    folder: own,
    logFile: join(folder, `${name}.log`),
    stopSignals: ['SIGTERM'],
  });
  await untilReady(server, async () => ((await probe()) ?? true) as unknown, {
    withinMs: READY_WITHIN_MS,
    signal,
  });
  return server;
}

/** A script of this project, run by this Node with the flags and the environment that Orderlog's services have. */
export const startScript = (options: Omit<Start, 'command' | 'args'> & { readonly script: string }) =>
  start({
    ...options,
    command: process.execPath,
    args: [...NODE_FLAGS, options.script],
    env: { ...NODE_ENVIRONMENT, ...options.env },
  });

/** The last one first; all of them, whatever comes of one. Throws at the end if one could not be stopped. */
export async function stopAll(started: Stoppable[]): Promise<void> {
  const failures: unknown[] = [];
  for (const server of started.splice(0).reverse())
    await server.stop(STOP_GRACE_MS).catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw new AggregateError(failures, `not stopped: ${failures.join(', ')}`);
}
