/** Services that end while they are measured are started again by the launcher: figures of such a turn are worth nothing. */
import type { System } from '../../cli/start/system.ts';
import { ownServices } from '../compare/processes.ts';

/** Throws, when it is called, if one has ended since. */
export function noneFalls(system: System): () => void {
  const services = ownServices(system);
  const before = new Map(services.map(({ name, restarts }) => [name, restarts]));
  return () => {
    const fallen = services.filter(({ name, restarts }) => restarts !== before.get(name));
    if (fallen.length === 0) return;
    const names = fallen.map(({ name }) => name).join(' and ');
    throw new Error(`${names} ended meanwhile, and had to be started again`);
  };
}
