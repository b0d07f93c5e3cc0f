/** Many processes at once, or one again and again. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../fault.ts';
import type { Service } from '../links.ts';

const everything: Fault = {
  name: 'crash-of-everything',
  what: 'SIGKILL to all services and servers at the same moment',
  expect: 'as after a power failure of the machine: all that was acknowledged is there, and goes on',
  async inject({ system, part, signal }) {
    const names = [...system.services.keys(), ...system.servers.keys()];
    const again = names.map((name) => part(name).restarted());
    for (const name of names) signal(name, 'SIGKILL');
    return async () => void (await Promise.all(again));
  },
};

const TIMES = 5;

const loop = (service: Service): Fault => ({
  name: `crash-loop-${service}`,
  what: `SIGKILL to ${service} ${TIMES} times, each as soon as it is up again`,
  expect: 'the others go on meanwhile; what it left half done is done once',
  async inject({ part, signal }) {
    for (let n = 0; n < TIMES; n++) {
      const again = part(service).restarted();
      signal(service, 'SIGKILL');
      await again;
      await sleep(300);
    }
    return async () => undefined;
  },
});

export const crashes: readonly Fault[] = [everything, loop('order'), loop('catalog'), loop('payment')];
