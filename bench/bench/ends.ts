/** That what was placed has ended as it was to: figures of anything else are worth nothing. */
import { ownServices } from '../compare/processes.ts';
import { acceptedOf, refusedOf, type Together } from '../load/generate.ts';
import type { Bed } from './bed.ts';
import type { Counts } from './readModel.ts';

/** What came of the calls of a load. */
export type Placed = Pick<Together, 'statuses' | 'declined'>;

/**
 * From before a load on: how to wait, once it is placed, until all of it has ended. Throws if orders have ended otherwise than they
 * were to, or if a service has ended meanwhile, which the launcher then starts again.
 */
export async function watchEnds({ system, readModel }: Bed) {
  const before = await readModel.count();
  const services = ownServices(system);
  const restartsBefore = new Map(services.map(({ name, restarts }) => [name, restarts]));
  /** Returns how many orders have ended since. */
  return async (placed: Placed, say: (line: string) => void) => {
    const after = await readModel.untilEnded(before.ended + acceptedOf(placed), say);
    const fallen = services.filter(({ name, restarts }) => restarts !== restartsBefore.get(name));
    if (fallen.length > 0) {
      const names = fallen.map(({ name }) => name).join(' and ');
      throw new Error(`${names} ended meanwhile, and had to be started again`);
    }
    assertEnds(before, after, placed);
    return after.ended - before.ended;
  };
}

/**
 * Throws unless what is declined is cancelled, and all else completed. A system that lets orders run into their deadlines, or
 * rejects what it has, is no quicker for it. Calls without an answer may have been accepted, and may have been declined ones.
 */
export function assertEnds(
  before: Pick<Counts, 'byStatus'>,
  after: Pick<Counts, 'byStatus'>,
  placed: Placed,
): void {
  const ended = new Map(
    [...after.byStatus].map(([status, count]) => [status, count - (before.byStatus.get(status) ?? 0)]),
  );
  const all = [...ended.values()].reduce((sum, count) => sum + count, 0);
  const cancelled = ended.get('ORDER_STATUS_CANCELLED') ?? 0;
  const others = all - cancelled - (ended.get('ORDER_STATUS_COMPLETED') ?? 0);
  const unsure = refusedOf(placed);
  const isAsPlaced = all >= acceptedOf(placed) && all <= acceptedOf(placed) + unsure;
  const isDeclined = cancelled >= placed.declined && cancelled <= placed.declined + unsure;
  if (others === 0 && isAsPlaced && isDeclined) return;
  const told = [...ended].map(([status, count]) => `${count} ${status}`).join(', ');
  throw new Error(
    `orders ended otherwise than they were to: ${acceptedOf(placed)} were accepted, ${placed.declined} of them to be declined, and there are ${told}`,
  );
}
