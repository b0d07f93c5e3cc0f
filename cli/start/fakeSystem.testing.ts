/** A system of fake services, for tests of the launcher. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePorts } from '../servers/ports.ts';
import { ownFolder, testElasticsearch } from '../servers/testing.ts';
import { silent } from './reporter.ts';
import type { ServiceSpec } from './services.ts';
import type { System, SystemOptions } from './system.ts';

const fake = fileURLToPath(new URL('fakeService.testing.ts', import.meta.url));

/** A service with a database, and a gateway. */
export const services: ServiceSpec[] = [
  {
    name: 'store',
    main: fake,
    needs: ['databases', 'nats'],
    database: { name: 'store' },
    env: ({ databases, natsUrl }) => ({
      ORDERLOG_DATABASE_URL: databases.get('store')?.url ?? '',
      ORDERLOG_NATS_URL: natsUrl('order'),
    }),
    settings: ['ORDERLOG_TIMER_MARGIN_MS'],
  },
  {
    name: 'gateway',
    main: fake,
    needs: ['store'],
    env: ({ layout }) => ({ ORDERLOG_HTTP_LISTEN: layout.addresses.http }),
  },
];

export const misbehaving = (behaviour: string): ServiceSpec[] => [
  { name: 'store', main: fake, needs: [], env: () => ({ FAKE_BEHAVIOUR: behaviour }) },
];

export const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** Waits until none of the processes is left. */
export async function gone(pids: readonly (number | undefined)[], withinMs = 15_000): Promise<void> {
  const left = () => pids.filter((pid) => pid !== undefined && isAlive(pid));
  for (let waitedMs = 0; left().length > 0 && waitedMs < withinMs; waitedMs += 50) await sleep(50);
  assert.deepEqual(left(), [], 'processes are left');
}

export const pidsOf = (system: System) =>
  [...system.servers.values(), ...system.services.values()].map(({ pid }) => pid);

/** What a launcher asks for, in a folder of its own; with the run's Elasticsearch. */
export async function optionsFor(name: string, more: Partial<SystemOptions> = {}): Promise<SystemOptions> {
  const { url } = await testElasticsearch();
  return {
    dataDir: ownFolder(name),
    portBase: String(await freePorts(100)),
    env: { ...process.env, ORDERLOG_ELASTICSEARCH_URL: url, ORDERLOG_DATA_DIR: 'elsewhere' },
    reporter: silent,
    services,
    ...more,
  };
}
