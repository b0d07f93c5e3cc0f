/** A cluster of three nats-servers, streams with three replicas: nodes that lead are killed or paused. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../fault.ts';
import { isHeldBack } from '../looks.ts';
import { streamLeader } from '../natsCluster.ts';
import type { World } from '../world.ts';

const STREAMS = ['ORDERS', 'CATALOG', 'PAYMENTS'] as const;
const TIMES = 6;

const leaderKilled: Fault = {
  name: 'cluster-leaders-killed',
  what: `SIGKILL to the node that leads ORDERS, then CATALOG, then PAYMENTS, and so on, ${TIMES} times`,
  expect: 'another leads; no acknowledged event is lost, none is in the log twice',
  world: 'cluster',
  async inject(world) {
    for (let n = 0; n < TIMES; n++) {
      const node = await leaderOf(world, STREAMS[n % STREAMS.length] ?? 'ORDERS');
      const again = world.part(node).restarted();
      world.signal(node, 'SIGKILL');
      await again;
      // Not a second one before the first has caught up a little: two of three are no majority.
      await sleep(2_000);
    }
    return async () => undefined;
  },
};

const PAUSE_MS = 15_000;

const leaderPaused: Fault = {
  name: 'cluster-leader-paused',
  what: `SIGSTOP to the node that leads ORDERS, SIGCONT after ${PAUSE_MS / 1_000} s`,
  expect: 'another leads; clients of the paused node notice and connect elsewhere',
  world: 'cluster',
  async inject(world) {
    const node = await leaderOf(world, 'ORDERS');
    world.signal(node, 'SIGSTOP');
    try {
      await sleep(PAUSE_MS);
    } finally {
      world.signal(node, 'SIGCONT');
    }
    return async () => undefined;
  },
};

/** What was accepted in the first half of the pause. */
const HELD_BACK_MS = 5_000;

const majorityKilled: Fault = {
  name: 'cluster-majority-killed',
  what: 'two of three nodes are paused for 10 s, then killed: nobody can acknowledge anything',
  expect: 'orders are accepted and wait in the outboxes; published once when a majority is back',
  world: 'cluster',
  async inject(world, load) {
    const nodes = ['nats-1', 'nats-2'];
    for (const node of nodes) world.signal(node, 'SIGSTOP');
    const before = load.acknowledged;
    await sleep(10_000);
    const accepted = load.acknowledged - before;
    const wasHeldBack = await isHeldBack(world, 'order', HELD_BACK_MS);
    const again = nodes.map((node) => world.part(node).restarted());
    for (const node of nodes) world.signal(node, 'SIGKILL');
    return async () => {
      await Promise.all(again);
      if (accepted === 0) throw new Error('no order was accepted without a majority');
      if (!wasHeldBack) throw new Error('events were published without a majority');
    };
  },
};

const allKilled: Fault = {
  name: 'cluster-all-killed',
  what: 'SIGKILL to all three nodes at the same moment',
  expect: 'what was acknowledged is on their disks',
  world: 'cluster',
  async inject(world) {
    const nodes = ['nats-1', 'nats-2', 'nats-3'];
    const again = nodes.map((node) => world.part(node).restarted());
    for (const node of nodes) world.signal(node, 'SIGKILL');
    return async () => void (await Promise.all(again));
  },
};

const leaderOf = (world: World, stream: string): Promise<string> =>
  streamLeader(world.system.urls.nats, stream);

export const clusterFaults: readonly Fault[] = [leaderKilled, leaderPaused, majorityKilled, allKilled];
