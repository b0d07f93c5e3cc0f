/** A whole system of this project, for a run without addresses: real servers and services in a temporary folder. */
import type { Progress } from '../chaos/progress.ts';
import type { Addresses as SystemAddresses } from '../cli/addresses.ts';
import { freePorts } from '../cli/servers/ports.ts';
import { ownFolder, stopTestServers } from '../cli/servers/testing.ts';
import { hurry } from '../cli/servers/watchdog.ts';
import { onInterrupt } from '../cli/start/interrupts.ts';
import { type Reporter, silent } from '../cli/start/reporter.ts';
import { startSystem } from '../cli/start/system.ts';
import type { Addresses } from './targets.ts';

export interface OwnSystem {
  readonly addresses: Addresses;
  /** Of all that it has. */
  readonly all: SystemAddresses;
  stop(): Promise<void>;
}

const PORTS = 100;
const EXIT_FAILED = 1;

/** Works on such a system, and stops it. An interrupt gives its start up; a later one, and any while it is up, ends this process. */
export async function withOwnSystem<T>(
  { say }: Pick<Progress, 'say'>,
  work: (system: OwnSystem) => Promise<T>,
): Promise<T> {
  const giveUp = new AbortController();
  const end = () => {
    hurry();
    process.exit(EXIT_FAILED);
  };
  const ignore = onInterrupt(() => giveUp.abort(), end);
  try {
    const system = await startOwnSystem(giveUp.signal, say);
    giveUp.signal.addEventListener('abort', end);
    try {
      return await work(system);
    } finally {
      say('the system stops');
      await system.stop();
    }
  } finally {
    ignore();
  }
}

/** Ends when `signal` says so; `tell` hears how far it is. */
async function startOwnSystem(signal: AbortSignal, tell: (line: string) => void): Promise<OwnSystem> {
  const reporter: Reporter = {
    ...silent,
    begin: (part) => tell(`the system: ${part} begins`),
    done: (part, detail) => tell(`the system: ${part} is up (${detail})`),
    fail: (part) => tell(`the system: ${part} failed`),
  };
  const dataDir = ownFolder('contract');
  const portBase = String(await freePorts(PORTS));
  try {
    const { addresses: all, stop } = await startSystem({
      dataDir,
      portBase,
      env: process.env,
      reporter,
      signal,
    });
    const { order, catalog, payment, gateway } = all;
    const stopAll = () => stop().finally(stopTestServers);
    return { addresses: { order, catalog, payment, query: gateway }, all, stop: stopAll };
  } catch (error) {
    await stopTestServers();
    throw error;
  }
}
