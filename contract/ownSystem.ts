/** A whole system of this project, for a run without addresses: real servers and services in a temporary folder. */
import type { Addresses as SystemAddresses } from '../cli/addresses.ts';
import { freePorts } from '../cli/servers/ports.ts';
import { ownFolder, stopTestServers } from '../cli/servers/testing.ts';
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

/** Ends when `signal` says so; `tell` hears how far it is. */
export async function startOwnSystem(signal: AbortSignal, tell: (line: string) => void): Promise<OwnSystem> {
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
