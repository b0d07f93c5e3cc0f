/** Clocks that are wrong, and event loops that stand still. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../fault.ts';
import type { Service } from '../links.ts';
import { leaseEpoch } from '../looks.ts';
import { until } from '../until.ts';
import { type World, WRITERS } from '../world.ts';

const HOUR_MS = 3_600_000;
const SERVICES: readonly Service[] = ['order', 'catalog', 'payment', 'projector', 'gateway', 'sandbox'];

const setClocks = (world: World, offsetMs: (index: number) => number) =>
  SERVICES.forEach((service, index) => {
    world.control(service, { clockOffsetMs: offsetMs(index) });
  });

const jumps: Fault = {
  name: 'clock-jumps',
  what: 'the wall clocks of all services jump an hour ahead, an hour back, and right again, every 4 s',
  expect: "due times are the database's, timeouts monotonic: no order expires, none hangs",
  async inject(world) {
    for (const hours of [1, -1, 0, 1]) {
      setClocks(world, () => hours * HOUR_MS);
      await sleep(4_000);
    }
    return async () => setClocks(world, () => 0);
  },
};

const differ: Fault = {
  name: 'clocks-differ',
  what: 'each second service is an hour ahead, the others an hour behind; all are started again like that',
  expect: 'as with right clocks',
  async inject(world) {
    setClocks(world, (index) => (index % 2 === 0 ? HOUR_MS : -HOUR_MS));
    const again = SERVICES.map((service) => world.part(service).restarted());
    for (const service of SERVICES) world.signal(service, 'SIGKILL');
    await Promise.all(again);
    await sleep(5_000);
    return async () => setClocks(world, () => 0);
  },
};

const BLOCK_MS = 10_000;

const blocked: Fault = {
  name: 'event-loops-blocked',
  what: `order, catalog and payment compute for ${BLOCK_MS / 1_000} s and hear nothing meanwhile`,
  expect: 'leases run out and are taken again; nothing that was held counts twice',
  async inject(world) {
    const before = await Promise.all(WRITERS.map((service) => leaseEpoch(world, service)));
    for (const service of WRITERS) world.control(service, { block: { id: randomUUID(), ms: BLOCK_MS } });
    await sleep(BLOCK_MS + 1_000);
    return async () => {
      setClocks(world, () => 0);
      await until('each leads anew', async () => {
        const epochs = await Promise.all(WRITERS.map((service) => leaseEpoch(world, service)));
        return epochs.every((epoch, index) => epoch > (before[index] ?? 0));
      });
    };
  },
};

export const timeFaults: readonly Fault[] = [jumps, differ, blocked];
