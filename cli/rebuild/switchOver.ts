/**
 * Readers go over to the next generation, and none of them ever goes back.
 *
 * The live one is held: it takes no more writes, and what is in it then is all that anybody can have read. The next one is
 * filled up to there; what changed since the comparison is compared; then readers go over in one step, and the projector
 * follows them. Whatever goes wrong before that step, the live generation is written again.
 */
import { OrderlogError } from '../../platform/errors.ts';
import { within } from '../../platform/wait.ts';
import { type Comparison, differing } from './comparison.ts';
import type { Filling } from './fill.ts';
import type { Lease } from './lease.ts';
import type { CompareOptions, Generation, RebuildStore } from './store.ts';

export interface Switch {
  readonly store: RebuildStore;
  readonly lease: Lease;
  readonly live: Generation;
  readonly next: Generation;
  /** Ended by the switch. */
  readonly filling: Filling;
  /** How to compare what changed since it was compared before. */
  readonly compare: Omit<CompareOptions, 'onProgress'>;
  readonly acceptDifferences: boolean;
}

export interface Switched {
  /** For how long the live projection stood still. */
  readonly heldMs: number;
  /** What differs stopped it; undefined: readers have gone over. */
  readonly stoppedBy?: Comparison;
}

/** The projection stands still meanwhile: not for longer. */
const CATCH_UP_WITHIN_MS = 20_000;

/** Throws OrderlogError, or what the store throws; the live generation is as it was then. */
export async function switchOver(options: Switch): Promise<Switched> {
  const { store, lease, live, next, filling, compare } = options;
  await store.prepare(next);
  await lease.setBlocked(live.id);
  const startedMs = performance.now();
  const switched = (more: Pick<Switched, 'stoppedBy'> = {}): Switched => ({
    heldMs: Math.round(performance.now() - startedMs),
    ...more,
  });
  try {
    // The live projection, which stands still now, has to wait for nothing else.
    filling.hurry();
    await within(CATCH_UP_WITHIN_MS, filling.reach(await store.hold(live)), () => tooSlow(store.name));
    await filling.stop();
    const late = await store.compare(live, next, { ...compare, onProgress: () => undefined });
    if (differing(late) > 0 && !options.acceptDifferences) {
      await store.release(live);
      return switched({ stoppedBy: late });
    }
    compare.signal.throwIfAborted();
    await store.swap(live, next);
    return switched();
  } catch (error) {
    // An answer that was lost may have been a yes.
    if (await store.release(live)) throw error;
    return switched();
  } finally {
    await lease.setBlocked(undefined).catch(() => undefined);
  }
}

function tooSlow(name: string): never {
  throw new OrderlogError(
    'ABORTED',
    'SWITCH_TOO_SLOW',
    `the next generation of ${name} did not catch up within ${CATCH_UP_WITHIN_MS / 1_000} s: nothing was switched; run it again, at a quieter time`,
  );
}
