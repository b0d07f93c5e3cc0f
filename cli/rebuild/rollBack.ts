/** Going back to the generation that was live before a rebuild. */
import { differing } from './comparison.ts';
import type { Outcome } from './outcome.ts';
import { compared, fill, liveOf, nothingThere, type Surroundings, untilNear } from './steps.ts';
import { switchOver } from './switchOver.ts';

/** Once it has what the present one has. Throws OrderlogError, or what the clients throw. */
export async function rollBack(around: Surroundings, maxRate: number | undefined): Promise<Outcome> {
  const { store, screen, signal } = around;
  const live = await liveOf(store);
  const previous = await store.find('previous');
  if (!previous) throw nothingThere(store.name, 'no generation is kept to go back to');
  await store.reopen(previous);
  const filling = fill(around, previous, maxRate);
  try {
    await untilNear(around, filling, `${store.name}: catching up`);
    const since = filling.sequence;
    const comparison = await compared(around, live, previous, { versionsOnly: true });
    // What is in them may differ: that may be why somebody goes back. But nobody may see an older order than before.
    if (differing(comparison) > 0) {
      return { action: 'differs', projection: store.name, from: live.id, to: previous.id, comparison };
    }
    screen.say(`${store.name}: readers go back to ${previous.id}`);
    const compare = { since, versionsOnly: true, isAtRest: true, signal };
    const { stoppedBy, heldMs } = await switchOver({
      ...{ store, lease: around.lease, live, next: previous, filling, compare, acceptDifferences: false },
    });
    const end = { projection: store.name, from: live.id, to: previous.id };
    if (stoppedBy) return { action: 'differs', ...end, comparison: stoppedBy };
    return { action: 'rolledBack', ...end, heldMs };
  } finally {
    await filling.stop();
  }
}
