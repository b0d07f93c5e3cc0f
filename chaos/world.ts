/**
 * A whole system to do harm to: as `startSystem` starts it, in a folder and on ports of its own, with a TCP proxy on each
 * connection from a service to a server, and a preload in each service (preload.ts).
 */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, freePorts } from '../cli/servers/ports.ts';
import { urlFor } from '../cli/servers/serviceDatabase.ts';
import type { Kept, Running } from '../cli/start/keepRunning.ts';
import { type Layout, layoutOf, portOf } from '../cli/start/layout.ts';
import type { Reporter } from '../cli/start/reporter.ts';
import { openServiceLog } from '../cli/start/serviceLog.ts';
import { projectFolder } from '../cli/start/serviceParts.ts';
import { startService } from '../cli/start/serviceProcess.ts';
import { type ServiceSpec, services } from '../cli/start/services.ts';
import { type System, startSystem } from '../cli/start/system.ts';
import { proxyTo, type TcpProxy } from '../platform/tcpProxy.testing.ts';
import type { Control } from './preload.ts';
import { signalTree } from './processTree.ts';

export type Service = 'sandbox' | 'catalog' | 'payment' | 'order' | 'projector' | 'gateway';
export type Server = 'postgres' | 'nats' | 'elasticsearch' | 'sandbox';
export type Writer = 'order' | 'catalog' | 'payment';
export const WRITERS: readonly Writer[] = ['order', 'catalog', 'payment'];

export interface World {
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
  /** To all processes of a service or server. */
  signal(name: string, signal: NodeJS.Signals): void;
  /** What a service's preload does; lasts until it is told otherwise. */
  control(service: Service, control: Control): void;
  /** A second process of the same service, on a port of its own. */
  replica(service: Writer): Promise<Replica>;
  /** As the superuser, straight to the server. */
  databaseUrl(service: Writer): string;
  /** What supervisor and services had to say. */
  readonly notes: readonly string[];
  stop(): Promise<void>;
}

export interface Replica extends Running {
  readonly address: string;
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
  const { ports } = layout;
  const serverPorts: Record<Server, number> = {
    postgres: ports.postgres,
    nats: ports.nats,
    elasticsearch: ports.elasticsearch,
    sandbox: portOf(layout.sandboxAddress),
  };
  const links = new Map<string, TcpProxy>();
  for (const [service, server] of LINKS) {
    links.set(`${service} ${server}`, await proxyTo(serverPorts[server]));
  }
  const reroute = (service: string, value: string): string => {
    const server = SERVERS.find((name) => value.includes(`127.0.0.1:${serverPorts[name]}`));
    const proxy = server && links.get(`${service} ${server}`);
    return proxy ? value.replace(`127.0.0.1:${serverPorts[server]}`, `127.0.0.1:${proxy.port}`) : value;
  };
  const environments = new Map<string, Record<string, string>>();
  const controlFile = (service: string) => join(folder, `${service}.control.json`);
  const specs = services.map(
    (spec): ServiceSpec => ({
      ...spec,
      env(context) {
        const own = Object.entries(spec.env(context)).map(([name, value]) => [
          name,
          reroute(spec.name, value),
        ]);
        const all = {
          ...Object.fromEntries(own),
          ...options.settings?.(spec.name),
          NODE_OPTIONS: `--import ${preload}`,
          CHAOS_CONTROL: controlFile(spec.name),
        };
        environments.set(spec.name, all);
        return all;
      },
    }),
  );
  const closeLinks = () => Promise.all([...links.values()].map((proxy) => proxy.close()));
  const notes: string[] = [];
  const giveUp = new AbortController();
  const system = await startSystem({
    dataDir: folder,
    portBase: base,
    env,
    reporter: reporterTo(notes, join(folder, 'launcher.log'), options.onProgress),
    services: specs,
  }).catch(async (error: unknown) => {
    await closeLinks();
    throw error;
  });
  const replicas = new Set<Running>();
  const part = (name: string): Kept => {
    const kept = system.services.get(name) ?? options.nodes?.get(name) ?? system.servers.get(name);
    if (!kept) throw new Error(`no part ${name}`);
    return kept;
  };
  return {
    system,
    folder,
    layout,
    orderAddresses: new Set([system.addresses.order]),
    link(service, server) {
      const proxy = links.get(`${service} ${server}`);
      if (!proxy) throw new Error(`${service} has no connection to ${server}`);
      return proxy;
    },
    links: (server) => [...links].flatMap(([name, proxy]) => (name.endsWith(` ${server}`) ? [proxy] : [])),
    part,
    signal(name, signal) {
      const { pid } = part(name);
      if (pid === undefined) throw new Error(`${name} is not up`);
      signalTree(pid, signal);
    },
    control: (service, control) => writeFileSync(controlFile(service), JSON.stringify(control)),
    async replica(service) {
      const address = `127.0.0.1:${await freePort()}`;
      const log = openServiceLog(service, join(layout.logs, `${service}-2.log`), (line) => notes.push(line));
      const running = await startService({
        name: `${service} (replica)`,
        main: join(projectFolder, `services/${service}/main.ts`),
        cwd: projectFolder,
        env: { PATH: env.PATH, ...environments.get(service), ORDERLOG_GRPC_LISTEN: address },
        log,
        signal: giveUp.signal,
      });
      replicas.add(running);
      void running.exited.then(() => {
        replicas.delete(running);
        return log.close();
      });
      return { ...running, address };
    },
    databaseUrl: (service) => urlFor(system.urls.postgres, service),
    notes,
    async stop() {
      giveUp.abort();
      for (const proxy of links.values()) proxy.release();
      await Promise.all([...replicas].map((replica) => replica.stop(2_000)));
      await system.stop();
      await closeLinks();
    },
  };
}

const SERVERS: readonly Server[] = ['postgres', 'nats', 'elasticsearch', 'sandbox'];
const LINKS: readonly (readonly [Service, Server])[] = [
  ['order', 'postgres'],
  ['catalog', 'postgres'],
  ['payment', 'postgres'],
  ['order', 'nats'],
  ['catalog', 'nats'],
  ['payment', 'nats'],
  ['projector', 'nats'],
  ['projector', 'elasticsearch'],
  ['gateway', 'elasticsearch'],
  ['payment', 'sandbox'],
];

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
