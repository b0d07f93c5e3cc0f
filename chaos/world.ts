/**
 * A whole system to do harm to: as `startSystem` starts it, in a folder and on ports of its own, with a TCP proxy on each
 * connection from a service to a server, and a preload in each service (preload.ts).
 */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from '../cli/servers/ports.ts';
import { urlFor } from '../cli/servers/serviceDatabase.ts';
import type { Kept } from '../cli/start/keepRunning.ts';
import { type Layout, layoutOf } from '../cli/start/layout.ts';
import type { Reporter } from '../cli/start/reporter.ts';
import { type ServiceSpec, services } from '../cli/start/services.ts';
import { type System, startSystem } from '../cli/start/system.ts';
import type { TcpProxy } from '../platform/tcpProxy.testing.ts';
import { openLinks, type Server, type Service } from './links.ts';
import type { Control } from './preload.ts';
import { signalTree } from './processTree.ts';
import { createReplicas, type Replica } from './replicas.ts';

export type Writer = 'order' | 'catalog' | 'payment';
export const WRITERS: readonly Writer[] = ['order', 'catalog', 'payment'];

/** What can be looked at: the stores of a system, and what its provider did. */
export interface Looked {
  readonly system: Pick<System, 'urls' | 'sandboxAddress'>;
  /** As the superuser, straight to the server. */
  databaseUrl(service: Writer): string;
}

export interface World extends Looked {
  readonly system: System;
  readonly folder: string;
  readonly layout: Layout;
  /** Where Order answers: its replicas too. The load goes to all of them. */
  readonly orderAddresses: Set<string>;
  /** The connection from a service to a server. */
  link(service: Service, server: Server): TcpProxy;
  links(server: Server): readonly TcpProxy[];
  /** Throws if there is none. */
  part(name: string): Kept;
  /** The process of a service or server. Throws if it is not up. */
  pidOf(name: string): number;
  /** To all processes of a service or server. */
  signal(name: string, signal: NodeJS.Signals): void;
  /** What a service's preload does; lasts until it is told otherwise. */
  control(service: Service, control: Control): void;
  /** A second process of the same service, on a port of its own; with settings beside those of the first. */
  replica(service: Writer, settings?: Readonly<Record<string, string>>): Promise<Replica>;
  /** What supervisor and services had to say. */
  readonly notes: readonly string[];
  stop(): Promise<void>;
}

export interface WorldOptions {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** Told what the start is at. */
  readonly onProgress?: (line: string) => void;
  /** Settings beside the usual ones, by service. */
  readonly settings?: (service: string) => Readonly<Record<string, string>>;
  /** Servers that run beside the system's own. */
  readonly nodes?: ReadonlyMap<string, Kept>;
}

const PORTS = 100;
const MAX_NOTES = 5_000;
const preload = new URL('preload.ts', import.meta.url).href;

export async function startWorld(options: WorldOptions): Promise<World> {
  const { folder, env } = options;
  const base = String(await freePorts(PORTS));
  const layout = layoutOf(folder, base);
  mkdirSync(folder, { recursive: true });
  const links = await openLinks(layout);
  const environments = new Map<string, NodeJS.ProcessEnv>();
  const controlFile = (service: string) => join(folder, `${service}.control.json`);
  const harmed = (spec: ServiceSpec): ServiceSpec => ({
    ...spec,
    env(context) {
      const own = Object.entries(spec.env(context));
      const all = {
        ...Object.fromEntries(own.map(([name, value]) => [name, links.reroute(spec.name, value)])),
        ...options.settings?.(spec.name),
        NODE_OPTIONS: `--import ${preload}`,
        CHAOS_CONTROL: controlFile(spec.name),
      };
      environments.set(spec.name, all);
      return all;
    },
  });
  const notes: string[] = [];
  const system = await startSystem({
    dataDir: folder,
    portBase: base,
    env,
    reporter: reporterTo(notes, join(folder, 'launcher.log'), options.onProgress),
    services: services.map(harmed),
  }).catch(async (error: unknown) => {
    await links.close();
    throw error;
  });
  const replicas = createReplicas(layout, (line) => notes.push(line));
  const part = (name: string): Kept => {
    const kept = system.services.get(name) ?? options.nodes?.get(name) ?? system.servers.get(name);
    if (!kept) throw new Error(`no part ${name}`);
    return kept;
  };
  const pidOf = (name: string): number => {
    const { pid } = part(name);
    if (pid === undefined) throw new Error(`${name} is not up`);
    return pid;
  };
  return {
    system,
    folder,
    layout,
    orderAddresses: new Set([system.addresses.order]),
    link: links.of,
    links: links.to,
    part,
    pidOf,
    signal: (name, signal) => signalTree(pidOf(name), signal),
    control: (service, control) => writeFileSync(controlFile(service), JSON.stringify(control)),
    replica: (service, settings) =>
      replicas.start(service, { PATH: env.PATH, ...environments.get(service), ...settings }),
    databaseUrl: (service) => urlFor(system.urls.postgres, service),
    notes,
    async stop() {
      links.release();
      await replicas.stop();
      await system.stop();
      await links.close();
    },
  };
}

function reporterTo(
  notes: string[],
  file: string,
  onProgress: ((line: string) => void) | undefined,
): Reporter {
  return {
    begin: (part) => onProgress?.(`starting ${part}`),
    progress: (part, { what }) => onProgress?.(`${part}: ${what}`),
    done: () => undefined,
    fail: (part) => onProgress?.(`${part} failed`),
    note(line) {
      appendFileSync(file, `${new Date().toISOString()} ${line}\n`);
      notes.push(line);
      if (notes.length > MAX_NOTES) notes.shift();
    },
  };
}
