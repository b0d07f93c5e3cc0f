/** SIGTERM to each service in the middle of work, as a roll-out does. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../fault.ts';
import type { World } from '../world.ts';

const SERVICES = ['order', 'catalog', 'payment', 'projector', 'gateway', 'sandbox'] as const;
type RolledService = (typeof SERVICES)[number];

async function rollOne(world: World, service: RolledService): Promise<void> {
  const again = world.part(service).restarted();
  // To the service alone: it is what a supervisor does.
  process.kill(world.pidOf(service), 'SIGTERM');
  await again;
  const how = world.notes.findLast(
    (note) => /^\S+ (ended with|was ended by) /.test(note) && note.startsWith(service),
  );
  if (!how?.includes('ended with exit code 0')) {
    throw new Error(`${service} did not stop in order: ${how}`);
  }
}

const roll = (service: RolledService): Fault => ({
  name: `roll-${service}`,
  what: `SIGTERM to ${service}`,
  expect: 'drained within the grace, exit code 0; who was turned away is served at a repeat',
  async inject(world) {
    await rollOne(world, service);
    return async () => undefined;
  },
});

const rollAll: Fault = {
  name: 'roll-all',
  what: 'SIGTERM to every service, one after the other',
  expect: 'each drained within the grace, exit code 0; who was turned away is served at a repeat',
  async inject(world) {
    for (const service of SERVICES) {
      await rollOne(world, service);
      await sleep(500);
    }
    return async () => undefined;
  },
};

export const rolls: readonly Fault[] = [...SERVICES.map(roll), rollAll];
