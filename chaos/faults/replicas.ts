/** Two processes of one service, and the one that leads is taken away. */
import { setTimeout as sleep } from 'node:timers/promises';
import { withClient } from '../../cli/servers/serviceDatabase.ts';
import type { Fault } from '../fault.ts';
import { signalTree } from '../processTree.ts';
import type { Replica } from '../replicas.ts';
import { type World, WRITERS, type Writer } from '../world.ts';

const WITHIN_MS = 40_000;
const STOP_GRACE_MS = 12_000;
const SETTLE_MS = 2_000;

/** The process that leads the service's relay. */
const leader = (world: World, service: Writer): Promise<number | undefined> =>
  withClient(world.databaseUrl(service), async (client) => {
    const { rows } = await client.query<{ holder: string }>(
      "select holder from leases where name = 'relay' and expires_at > clock_timestamp()",
    );
    // <host>-<pid>-<random>
    return rows[0] && Number(rows[0].holder.split('-').at(-2));
  });

/** Until one of the two leads that is not `other`. */
async function untilLeads(world: World, service: Writer, replica: Replica, other?: number): Promise<number> {
  const untilMs = performance.now() + WITHIN_MS;
  for (;;) {
    const pid = await leader(world, service);
    const isOfTwo = pid === replica.pid || pid === world.part(service).pid;
    if (pid !== undefined && isOfTwo && pid !== other) return pid;
    if (performance.now() > untilMs) {
      const who = other === undefined ? 'none of the two leads' : 'nobody else leads';
      throw new Error(`${who} ${service} after ${WITHIN_MS / 1000} s, but process ${pid}`);
    }
    await sleep(200);
  }
}

async function withReplica(world: World, service: Writer): Promise<Replica> {
  const replica = await world.replica(service);
  if (service === 'order') world.orderAddresses.add(replica.address);
  await sleep(SETTLE_MS);
  return replica;
}

async function retire(world: World, replica: Replica): Promise<void> {
  await replica.stop(STOP_GRACE_MS);
  world.orderAddresses.delete(replica.address);
  const { code, signal } = await replica.exited;
  if (code !== 0 && signal !== 'SIGKILL') throw new Error(`the replica ended with exit code ${code}`);
}

const leaderKilled = (service: Writer): Fault => ({
  name: `two-${service}-leader-killed`,
  what: `two processes of ${service}; SIGKILL to the one that leads`,
  expect: 'the other takes over lease and partitions, and goes on where the log ends',
  async inject(world) {
    const replica = await withReplica(world, service);
    const first = await untilLeads(world, service, replica);
    const again = first === replica.pid ? undefined : world.part(service).restarted();
    signalTree(first, 'SIGKILL');
    await untilLeads(world, service, replica, first);
    return async () => {
      await again;
      await retire(world, replica);
    };
  },
});

const leaderPaused = (service: Writer): Fault => ({
  name: `two-${service}-leader-paused`,
  what: `two processes of ${service}; SIGSTOP to the one that leads, SIGCONT after the other has taken over`,
  expect: 'the old leader is fenced: what it publishes or records late is refused',
  ...(service === 'order' && { short: true }),
  async inject(world) {
    const replica = await withReplica(world, service);
    const first = await untilLeads(world, service, replica);
    signalTree(first, 'SIGSTOP');
    try {
      await untilLeads(world, service, replica, first);
      await sleep(SETTLE_MS);
    } finally {
      signalTree(first, 'SIGCONT');
    }
    await sleep(SETTLE_MS);
    return () => retire(world, replica);
  },
});

export const replicaFaults: readonly Fault[] = [...WRITERS.map(leaderKilled), ...WRITERS.map(leaderPaused)];
