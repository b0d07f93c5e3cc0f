/** That what was placed has ended as it was to: figures of anything else are worth nothing. Pure. */
import type { Together } from '../load/generate.ts';
import type { Counts } from './readModel.ts';

const OK = '0';

/** What came of the calls of a load. */
export type Placed = Pick<Together, 'statuses' | 'declined'>;

export const acceptedOf = ({ statuses }: Pick<Placed, 'statuses'>): number => statuses[OK] ?? 0;

/** Calls that were not accepted, or of which nobody can tell. */
export const refusedOf = ({ statuses }: Pick<Placed, 'statuses'>): number =>
  Object.entries(statuses).reduce((sum, [status, n]) => sum + (status === OK ? 0 : n), 0);

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
