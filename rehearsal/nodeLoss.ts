/** Half of all processes die at once, as a node's do: which work they had, and how long until others have it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { endOfOrders } from '../chaos/looks.ts';
import { readModelBehind, unended } from '../chaos/quiet.ts';
import { until } from '../chaos/until.ts';
import { WRITERS, type Writer } from '../chaos/world.ts';
import { withClient } from '../cli/servers/serviceDatabase.ts';
import type { Pod } from './pods.ts';
import { SERVICES } from './slots.ts';
import type { Rehearsal, Scene } from './stage.ts';

const WITHIN_MS = 60_000;
const LOOK_MS = 100;

export const nodeLoss: Rehearsal = {
  name: 'node-loss',
  what: 'one pod of every service is ended by SIGKILL at the same moment: of Order, Catalog and Payment the one that publishes',
  mayFail: true,
  async run(scene) {
    const { pods, journal, tell, measure, note } = scene;
    const victims = await choose(scene);
    const accepted = [...journal.placed.values()].map(({ orderId }) => orderId);
    tell('SIGKILL');
    const failedBefore = scene.failures().length;
    const lostMs = performance.now();
    await pods.kill(victims);
    const since = () => performance.now() - lostMs;
    const takenOver = WRITERS.map(async (writer) => {
      await until(`${writer}'s log is published by another`, () => isLed(scene, writer, victims));
      measure(`${writer}: another publishes its events`, since());
      await until(`${writer}'s partitions are read by others`, () => isRead(scene, writer, victims));
      measure(`${writer}: others read all partitions`, since());
    });
    await Promise.all(takenOver);
    const end = await endOfOrders(scene.cluster);
    await until(
      'the read model goes on',
      async () => (await readModelBehind(scene.cluster, end)) === undefined,
    );
    measure('projector: the read model has what was placed meanwhile', since());
    await until(
      'what was accepted has ended',
      async () => (await unended(scene.cluster, accepted)) === undefined,
    );
    measure('all orders that had been accepted before have ended', since());
    await Promise.all(victims.map((victim) => replace(scene, victim)));
    measure('as many replicas as before are ready', since());
    const failed = scene.failures().slice(failedBefore);
    const lastMs = Math.max(0, ...failed.map(({ atMs }) => atMs - lostMs));
    note(`${failed.length} requests failed, the last ${(lastMs / 1_000).toFixed(1)} s after the loss`);
    if (lastMs > WITHIN_MS) throw new Error('requests failed long after the loss');
  },
};

/** A node has one of each; where one of the two does what the other waits to do, it is that one. */
const choose = (scene: Scene): Promise<readonly Pod[]> =>
  Promise.all(
    SERVICES.map(async (service) => {
      if (isWriter(service)) return leadingPod(scene, service);
      const [first] = scene.pods.of(service);
      if (!first) throw new Error(`no ${service} runs`);
      return first;
    }),
  );

async function leadingPod(scene: Scene, service: Writer): Promise<Pod> {
  for (const untilMs = performance.now() + WITHIN_MS; ; await sleep(LOOK_MS)) {
    const leader = await leaderOf(scene, service);
    const found = scene.pods.of(service).find(({ pid }) => pid === leader);
    if (found) return found;
    if (performance.now() > untilMs) throw new Error(`no pod of ${service} leads, but process ${leader}`);
  }
}

const isWriter = (service: string): service is Writer => WRITERS.some((writer) => writer === service);

/** Of a holder or owner, `<host>-<pid>-<random>`. */
const pidOf = (holder: string | null): number => Number(holder?.split('-').at(-2));

const leaderOf = ({ cluster }: Scene, writer: Writer): Promise<number | undefined> =>
  withClient(cluster.databaseUrl(writer), async (client) => {
    const { rows } = await client.query<{ holder: string }>(
      "select holder from leases where name = 'relay' and expires_at > clock_timestamp()",
    );
    return rows[0] && pidOf(rows[0].holder);
  });

async function isLed(scene: Scene, writer: Writer, lost: readonly Pod[]): Promise<boolean> {
  const leader = await leaderOf(scene, writer);
  return leader !== undefined && !lost.some(({ pid }) => pid === leader);
}

const isRead = ({ cluster }: Scene, writer: Writer, lost: readonly Pod[]): Promise<boolean> =>
  withClient(cluster.databaseUrl(writer), async (client) => {
    const { rows } = await client.query<{ owner: string | null; valid: boolean | null }>(
      'select owner, owner_until > clock_timestamp() as valid from checkpoints',
    );
    return rows.every(({ owner, valid }) => valid && !lost.some(({ pid }) => pid === pidOf(owner)));
  });

async function replace({ pods, present }: Scene, victim: Pod): Promise<void> {
  pods.forget(victim);
  await pods.start(victim.service, present);
}
