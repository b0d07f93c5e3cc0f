/** A disk that is full. */

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { reachableFolder, serverUser } from '../../cli/servers/serverUser.ts';
import type { Fault } from '../fault.ts';
import { isHeldBack } from '../looks.ts';
import { fill } from '../smallDisk.ts';

const FULL_MS = 20_000;
/** Far longer than an event waits where it can be published. */
const HELD_BACK_MS = 2_000;
const HEALTHY_WITHIN_MS = 60_000;

const full = (server: 'postgres' | 'nats', expect: string): Fault => ({
  name: `${server}-disk-full`,
  what: `the disk of ${server} is filled to the last byte for ${FULL_MS / 1_000} s, again and again`,
  expect,
  world: 'smallDisk',
  async inject(world, load) {
    const disk = reachableFolder(join(world.folder, server), serverUser());
    const untilMs = performance.now() + FULL_MS;
    const before = load.acknowledged;
    let wasHeldBack = false;
    let makeRoom = fill(disk);
    try {
      // What it gives up for lack of room (a log segment, a temporary file) is taken as well.
      while (performance.now() < untilMs) {
        await sleep(100);
        makeRoom = fill(disk);
        if (server === 'nats') wasHeldBack ||= await isHeldBack(world, 'order', HELD_BACK_MS);
      }
    } catch (error) {
      makeRoom();
      throw error;
    }
    const accepted = load.acknowledged - before;
    return async () => {
      makeRoom();
      if (server !== 'nats') return;
      await untilHealthy(world.layout.ports.natsMonitor);
      if (!wasHeldBack) throw new Error('events were published all the same');
      if (accepted === 0) throw new Error('no order was accepted meanwhile');
    };
  },
});

/** A stream whose write failed is refused until nats-server is started again, which is its supervisor's business. */
async function untilHealthy(port: number): Promise<void> {
  const untilMs = performance.now() + HEALTHY_WITHIN_MS;
  let last = '';
  while (performance.now() < untilMs) {
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch((error: Error) => error);
    if (answer instanceof Response && answer.ok) return;
    last = answer instanceof Response ? await answer.text() : answer.message;
    await sleep(500);
  }
  throw new Error(`nats is not well again: ${last}`);
}

export const diskFaults: readonly Fault[] = [
  full('nats', 'orders are accepted, and wait in the outboxes; published once when there is room'),
  full('postgres', 'orders are refused as UNAVAILABLE; what was acknowledged is there when there is room'),
];
