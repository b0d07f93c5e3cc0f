/** Systems for faults: one serves many, until a fault spoils it or fails on it. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { reachableFolder, serverUser } from '../cli/servers/serverUser.ts';
import type { Fault, WorldKind } from './fault.ts';
import { startNatsCluster } from './natsCluster.ts';
import { mountSmallDisk } from './smallDisk.ts';
import { startWorld, type World, type WorldOptions, WRITERS } from './world.ts';

export interface Worlds {
  /** A running system for this fault. Throws StartError, or NotPossible. */
  for(fault: Fault): Promise<World>;
  /** The present system is not used again. */
  drop(): Promise<void>;
}

export interface WorldsOptions {
  /** Each system gets a folder in here. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly tell: (line: string) => void;
}

export function createWorlds({ folder, env, tell }: WorldsOptions): Worlds {
  let present: { readonly kind: WorldKind; readonly world: World } | undefined;
  let count = 0;
  async function drop(): Promise<void> {
    const old = present;
    present = undefined;
    await old?.world.stop();
  }
  async function start(kind: WorldKind): Promise<World> {
    count += 1;
    const own = join(folder, `system-${count}`);
    mkdirSync(own, { recursive: true });
    const options = {
      folder: own,
      env: ownServers(env),
      onProgress: (line: string) => tell(`the system: ${line}`),
    };
    if (kind === 'cluster') return startOnCluster(options);
    if (kind === 'impatient') return startWorld({ ...options, settings: impatient });
    return kind === 'smallDisk' ? startOnSmallDisks(options) : startWorld(options);
  }
  return {
    drop,
    async for({ world: kind = 'plain' }) {
      if (present?.kind !== kind) {
        await drop();
        present = { kind, world: await start(kind) };
      }
      return present.world;
    },
  };
}

async function startOnCluster(options: WorldOptions): Promise<World> {
  const { folder, env } = options;
  const cluster = await startNatsCluster({ folder, env, tell: () => undefined });
  try {
    const world = await startWorld({
      ...options,
      env: { ...env, ORDERLOG_NATS_URL: cluster.url },
      settings: (service) => (isWriter(service) ? REPLICAS : {}),
      nodes: cluster.nodes,
    });
    return { ...world, stop: () => world.stop().finally(cluster.stop) };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

/** Servers of others are not ours to do harm to. */
const ownServers = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^ORDERLOG_(POSTGRES|NATS|ELASTICSEARCH)_URL$/.test(name)),
  );

const SHORT_DEADLINE: Readonly<Record<string, string>> = { ORDERLOG_ORDER_DEADLINE_SECONDS: '8' };
const impatient = (service: string) => (service === 'order' ? SHORT_DEADLINE : {});

const REPLICAS: Readonly<Record<string, string>> = { ORDERLOG_STREAM_REPLICAS: '3' };
const isWriter = (service: string): boolean => WRITERS.some((writer) => writer === service);

const SMALL_DISKS_MB = { postgres: 512, nats: 128 } as const;

async function startOnSmallDisks(options: WorldOptions): Promise<World> {
  const unmounts: (() => void)[] = [];
  const unmountAll = () => {
    for (const unmount of unmounts.splice(0)) unmount();
  };
  try {
    for (const [server, megabytes] of Object.entries(SMALL_DISKS_MB)) {
      const disk = reachableFolder(join(options.folder, server), serverUser());
      unmounts.push(mountSmallDisk(disk, megabytes));
    }
    const world = await startWorld(options);
    return { ...world, stop: () => world.stop().finally(unmountAll) };
  } catch (error) {
    unmountAll();
    throw error;
  }
}
