/** SIGSTOP for a while, then SIGCONT: connections stay open, and nothing is answered. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../fault.ts';

const LENGTHS_MS = {
  order: 12_000,
  catalog: 12_000,
  payment: 12_000,
  projector: 10_000,
  sandbox: 15_000,
  nats: 20_000,
  postgres: 15_000,
  elasticsearch: 15_000,
} as const;

const pause = (part: keyof typeof LENGTHS_MS): Fault => ({
  name: `pause-${part}`,
  what: `SIGSTOP to ${part}, SIGCONT after ${LENGTHS_MS[part] / 1_000} s`,
  expect: 'what it held (leases, connections, answers) is void or repeated; it goes on by itself',
  async inject(world) {
    world.signal(part, 'SIGSTOP');
    try {
      await sleep(LENGTHS_MS[part]);
    } finally {
      world.signal(part, 'SIGCONT');
    }
    return async () => undefined;
  },
});

export const pauses: readonly Fault[] = (Object.keys(LENGTHS_MS) as (keyof typeof LENGTHS_MS)[]).map(pause);
