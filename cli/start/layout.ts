/** Where everything of a local system is: folders below the data folder, ports from the base. */
import { join } from 'node:path';
import { type Addresses, addressesOf } from '../addresses.ts';
import { assertPortFree, HOST } from '../servers/ports.ts';

export interface Layout {
  readonly dataDir: string;
  /** Where services and servers write their logs. */
  readonly logs: string;
  readonly secrets: string;
  /** Says who runs here. */
  readonly lock: string;
  /** Which process each service is, and which part is to stay down (held.ts). */
  readonly run: string;
  readonly addresses: Addresses;
  readonly sandboxAddress: string;
  /** Where Payment hears of the provider by itself. */
  readonly webhookAddress: string;
  readonly ports: ServerPorts;
}

export interface ServerPorts {
  readonly postgres: number;
  readonly nats: number;
  readonly natsMonitor: number;
  readonly elasticsearch: number;
  readonly elasticsearchTransport: number;
}

/** `base` as in ORDERLOG_PORT_BASE. Throws if it is no port. */
export function layoutOf(dataDir: string, base: string | undefined): Layout {
  const addresses = addressesOf(base);
  const first = portOf(addresses.gateway);
  return {
    dataDir,
    logs: join(dataDir, 'logs'),
    secrets: join(dataDir, 'secrets.json'),
    lock: join(dataDir, 'launcher.json'),
    run: join(dataDir, 'run'),
    addresses,
    sandboxAddress: `${HOST}:${first + 15}`,
    webhookAddress: `${HOST}:${first + 16}`,
    ports: {
      postgres: first + 10,
      nats: first + 11,
      natsMonitor: first + 12,
      elasticsearch: first + 13,
      elasticsearchTransport: first + 14,
    },
  };
}

export const portOf = (address: string): number => Number(address.slice(address.lastIndexOf(':') + 1));

/** Throws StartError if a service's port is in use: before anything is started, since some services start late. */
export async function assertServicePortsFree(layout: Layout): Promise<void> {
  const { addresses, sandboxAddress: sandbox, webhookAddress: webhooks } = layout;
  const { admin, ...offered } = addresses;
  const admins = Object.entries(admin).map(([name, address]) => [`${name} admin`, address] as const);
  const all = [...Object.entries({ ...offered, sandbox, webhooks }), ...admins];
  for (const [purpose, address] of all) {
    await assertPortFree(portOf(address), purpose);
  }
}

/** A server's own folder. */
export const folderOf = (layout: Layout, server: 'postgres' | 'nats' | 'elasticsearch' | 'sandbox'): string =>
  join(layout.dataDir, server);

/** The record of a service's process. */
export const servicePidFile = (layout: Layout, service: string): string =>
  join(layout.run, `${service}.json`);

export const logFileOf = (layout: Layout, name: string): string => join(layout.logs, `${name}.log`);
