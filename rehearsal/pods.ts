/**
 * Processes in place of pods: started, probed and ended as Kubernetes would by the manifests (rollout.ts), with the environment
 * that their own version gives them. They bring up no schema: that is the Jobs' work (cluster.ts).
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExitInfo } from '../cli/servers/types.ts';
import { describeExit, type Running } from '../cli/start/keepRunning.ts';
import { openServiceLog } from '../cli/start/serviceLog.ts';
import { startService } from '../cli/start/serviceProcess.ts';
import { withoutListens } from '../cli/start/withoutListens.ts';
import type { Cluster } from './cluster.ts';
import { type Door, openDoor } from './door.ts';
import { type Probe, startProbe } from './probe.ts';
import type { Rollout } from './rollout.ts';
import { addressOf, SERVICES, type ServiceName, type Slot, type Slots } from './slots.ts';
import type { Version } from './versions.ts';

export interface Pod {
  readonly service: ServiceName;
  readonly version: string;
  readonly slot: Slot;
  /** Of the process. */
  readonly pid: number;
  readonly exited: Promise<ExitInfo>;
  readonly isReady: () => boolean;
}

export interface Pods {
  readonly slots: Slots;
  readonly rollout: Rollout;
  /** Those that were not ended, the longest there first. */
  of(service: ServiceName): readonly Pod[];
  /** Resolves when it is ready, by its probe. Throws what keeps it from starting. */
  start(service: ServiceName, version: Version): Promise<Pod>;
  /** As one is deleted: nobody new is sent there, then SIGTERM. Throws where it does not stop in order within the grace. */
  end(pod: Pod): Promise<void>;
  /** SIGKILL to all at once. */
  kill(pods: readonly Pod[]): Promise<void>;
  /** One that is gone is none any more. */
  forget(pod: Pod): void;
  /** Where new connections over HTTP go, as a Service has it. */
  endpoints(): readonly string[];
  stop(): Promise<void>;
}

interface Kept extends Pod {
  readonly running: Running;
  readonly probe: Probe;
  readonly door: Door;
}

const LAST_GRACE_MS = 15_000;

export function createPods(cluster: Cluster, slots: Slots, rollout: Rollout): Pods {
  const pods: Kept[] = [];
  const taken = new Set<Slot>();
  const giveUp = new AbortController();
  const keptOf = ({ pid }: Pod): Kept => {
    const kept = pods.find((each) => each.pid === pid);
    if (!kept) throw new Error(`process ${pid} was ended already`);
    return kept;
  };
  const forget = (pod: Kept): void => {
    pod.probe.stop();
    pod.door.close();
    pods.splice(pods.indexOf(pod), 1);
  };

  async function start(service: ServiceName, version: Version): Promise<Pod> {
    const slot = slots[service].find((each) => !taken.has(each));
    if (!slot) throw new Error(`no place for another ${service}`);
    taken.add(slot);
    const name = `${service}-${slot.index}`;
    const log = openServiceLog(name, join(cluster.layout.logs, `${name}.log`), () => undefined);
    const running = await startService({
      name,
      main: join(version.folder, specOf(version, service).main),
      cwd: version.folder,
      env: environmentOf(cluster, slots, version, service, slot),
      log,
      signal: giveUp.signal,
    });
    void running.exited.then(() => {
      taken.delete(slot);
      return log.close();
    });
    const probe = startProbe(slot.ownGrpc, rollout);
    const { pid = 0, exited } = running;
    const isReady = () => probe.isReady();
    const door = await openDoor(slot.grpc, slot.ownGrpc, isReady);
    const pod = { service, version: version.name, slot, pid, exited, isReady, running, probe, door };
    pods.push(pod);
    await probe.whenReady();
    return pod;
  }

  return {
    slots,
    rollout,
    of: (service) => pods.filter((pod) => pod.service === service),
    start,
    async end(pod) {
      const kept = keptOf(pod);
      forget(kept);
      await sleep(rollout.preStopMs);
      await kept.running.stop(rollout.graceMs - rollout.preStopMs);
      const exit = await pod.exited;
      if (exit.code !== 0) throw new Error(`${pod.service} did not stop in order: it ${describeExit(exit)}`);
    },
    async kill(victims) {
      for (const { pid } of victims) process.kill(pid, 'SIGKILL');
      await Promise.all(victims.map(({ exited }) => exited));
    },
    forget: (pod) => forget(keptOf(pod)),
    endpoints: () =>
      pods.filter((pod) => pod.service === 'gateway' && pod.isReady()).map(({ slot }) => slot.ownHttp),
    async stop() {
      giveUp.abort();
      for (const { probe, door } of pods) {
        probe.stop();
        door.close();
      }
      // As a system stops: who needs others goes before them.
      for (const service of [...SERVICES].reverse()) {
        const own = pods.filter((pod) => pod.service === service);
        await Promise.all(own.map(({ running }) => running.stop(LAST_GRACE_MS)));
      }
    },
  };
}

function specOf(version: Version, service: ServiceName) {
  const spec = version.services.find(({ name }) => name === service);
  if (!spec) throw new Error(`version ${version.name} has no ${service}`);
  return spec;
}

/** What its own version tells it, with the addresses of this slot, those of all replicas of the others, and no owner's URL. */
function environmentOf(
  { context, env }: Cluster,
  slots: Slots,
  version: Version,
  service: ServiceName,
  slot: Slot,
): NodeJS.ProcessEnv {
  const { ORDERLOG_MIGRATION_DATABASE_URL: _, ...own } = specOf(version, service).env(context);
  const callable = (['order', 'catalog', 'payment'] as const).map((name): [string, string] => [
    `ORDERLOG_${name.toUpperCase()}_ADDRESS`,
    addressOf(slots, name),
  ]);
  const here: Readonly<Record<string, string>> = {
    ORDERLOG_GRPC_LISTEN: slot.ownGrpc,
    ...(service === 'gateway' && { ORDERLOG_HTTP_LISTEN: slot.ownHttp }),
    ...Object.fromEntries(callable.filter(([name]) => name in own)),
  };
  return { ...env, ...withoutListens(own), ...here };
}
