/** The network between services and servers: slow, cut, flapping, silent. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../fault.ts';
import type { World } from '../world.ts';

const NAMES = {
  postgres: 'postgres',
  nats: 'nats',
  elasticsearch: 'elasticsearch',
  sandbox: 'provider',
} as const;
type Named = keyof typeof NAMES;
const servers = Object.keys(NAMES) as Named[];

const SLOW_MS = 15_000;
/** Each way: an answer takes 2 s. */
const DELAY_MS = 1_000;

const slow = (server: Named): Fault => ({
  name: `slow-${NAMES[server]}`,
  what: `every answer of ${NAMES[server]} takes 2 s longer, for ${SLOW_MS / 1_000} s`,
  expect: 'slower; what timed out is found again, and not done twice',
  async inject(world) {
    const links = world.links(server);
    let late = 0;
    for (const link of links) {
      link.delayMs = DELAY_MS;
      link.onReply = () => {
        late += 1;
        return 'pass';
      };
    }
    await sleep(SLOW_MS);
    return async () => {
      for (const link of links) {
        link.delayMs = 0;
        link.onReply = () => 'pass';
      }
      if (late === 0) throw new Error(`${NAMES[server]} answered nothing meanwhile`);
    };
  },
});

const CUT_MS = 10_000;

const cut = (server: Named): Fault => ({
  name: `cut-${NAMES[server]}`,
  what: `no service reaches ${NAMES[server]} for ${CUT_MS / 1_000} s`,
  expect: 'services wait for it and say so; nothing ends by itself; they go on when it is back',
  async inject(world) {
    const pids = pidsOf(world);
    for (const link of world.links(server)) link.cut();
    await sleep(CUT_MS);
    return async () => {
      for (const link of world.links(server)) link.mend();
      if (pidsOf(world) !== pids) throw new Error('a service ended because a server was away');
    };
  },
});

const FLAPS = 20;
const FLAP_MS = 400;

const flap = (server: Named): Fault => ({
  name: `flap-${NAMES[server]}`,
  what: `all connections to ${NAMES[server]} break, every ${FLAP_MS} ms, ${FLAPS} times`,
  expect: 'what was under way is found again, and not done twice',
  async inject(world) {
    for (let n = 0; n < FLAPS; n++) {
      for (const link of world.links(server)) link.breakAll();
      await sleep(FLAP_MS);
    }
    return async () => undefined;
  },
});

const SILENT_MS = 25_000;

const silent = (server: 'postgres' | 'nats'): Fault => ({
  name: `silent-${server}`,
  what: `${server} says nothing more to order, without an error, for ${SILENT_MS / 1_000} s; then the connections break`,
  expect: 'the stall is noticed; answers that never came are found again',
  async inject(world) {
    const link = world.link('order', server);
    link.onReply = () => 'hold';
    await sleep(SILENT_MS);
    return async () => {
      link.onReply = () => 'pass';
      link.breakAll();
      link.release();
    };
  },
});

const partition: Fault = {
  name: 'partition-order-nats',
  what: 'the Order service alone does not reach nats for 30 s',
  expect: 'orders are accepted meanwhile, and are published when it is back',
  async inject(world, load) {
    const link = world.link('order', 'nats');
    link.cut();
    await sleep(2_000);
    const before = load.acknowledged;
    await sleep(28_000);
    const accepted = load.acknowledged - before;
    return async () => {
      link.mend();
      if (accepted === 0) throw new Error('no order was accepted while nats was away');
    };
  },
};

/** The services' processes. */
const pidsOf = (world: World): string =>
  [...world.system.services].map(([name, { pid }]) => `${name} ${pid}`).join(', ');

export const networkFaults: readonly Fault[] = [
  ...servers.map(slow),
  ...servers.map(cut),
  ...servers.map(flap),
  silent('postgres'),
  silent('nats'),
  partition,
];
