/** SIGKILL of each process; its supervisor starts it again. None is in the short set: e2e/kill.test.ts kills all of them at each run. */
import type { Fault } from '../fault.ts';

const PARTS = [
  'order',
  'catalog',
  'payment',
  'projector',
  'gateway',
  'sandbox',
  'postgres',
  'nats',
  'elasticsearch',
] as const;

const kill = (part: (typeof PARTS)[number]): Fault => ({
  name: `kill-${part}`,
  what: `SIGKILL to ${part}`,
  expect: 'it is started again and goes on where it stood; clients repeat under the same request_id',
  async inject(world) {
    const again = world.part(part).restarted();
    world.signal(part, 'SIGKILL');
    return () => again;
  },
});

export const kills: readonly Fault[] = PARTS.map(kill);
