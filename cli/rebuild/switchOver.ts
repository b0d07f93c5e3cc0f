/**
 * Readers go over to the next generation, and none of them ever goes back.
 *
 * The live one is held: it takes no more writes, and what is in it then is all that anybody can have read. The next one is
 * filled up to there; what changed since the comparison is compared; then readers go over in one step, and the projector
 * follows them. Whatever goes wrong before that step, the live generation is written again: where this process cannot see to
 * that, what it holds stays noted in the lease, by which the projector frees it. All of it is done as one run of a rebuild: where
 * another has taken over, nothing more is.
 */
import { OrderlogError } from '../../platform/errors.ts';
import { backoffMs, pause, within } from '../../platform/wait.ts';
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

/** The live generation is to be given back even where the store is out of reach for a moment. */
const RELEASE_TRIES = 4;
const NEVER = new AbortController().signal;

/** Throws OrderlogError, or what the store throws; the live generation is as it was then, or noted in the lease. */
export async function switchOver(options: Switch): Promise<Switched> {
  const { store, lease, live, next } = options;
  await store.prepare(next, lease.run);
  // After its mark, by compare-and-set: a run that was taken over from ends here, and whoever takes over later finds it noted.
  await lease.setBlocked(live.id);
  const startedMs = performance.now();
  const switched = (stoppedBy?: Comparison): Switched => ({
    heldMs: Math.round(performance.now() - startedMs),
    ...(stoppedBy && { stoppedBy }),
  });
  const forget = () => lease.setBlocked(undefined).catch(() => undefined);
  let stoppedBy: Comparison | undefined;
  try {
    stoppedBy = await holdAndSwap(options);
  } catch (error) {
    const isLive = await release(options);
    await forget();
    // An answer that was lost may have been a yes.
    if (isLive) throw error;
    return switched();
  }
  if (stoppedBy) await release(options);
  await forget();
  return switched(stoppedBy);
}

/** Returns what differs, if that stops it. */
async function holdAndSwap({
  store,
  lease: { run },
  live,
  next,
  filling,
  compare,
  acceptDifferences,
}: Switch): Promise<Comparison | undefined> {
  // The live projection, which stands still now, has to wait for nothing else.
  filling.hurry();
  await within(CATCH_UP_WITHIN_MS, filling.reach(await store.hold(live, run)), () => tooSlow(store.name));
  await filling.stop();
  const late = await store.compare(live, next, { ...compare, onProgress: () => undefined });
  if (differing(late) > 0 && !acceptDifferences) return late;
  compare.signal.throwIfAborted();
  await store.swap(live, next, run);
  return undefined;
}

/** Returns whether it is still the live one. Throws what the store throws, at the last try. */
async function release({ store, lease, live }: Switch): Promise<boolean> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await store.release(live, lease.run);
    } catch (error) {
      if (tries === RELEASE_TRIES || error instanceof OrderlogError) throw error;
      await pause(backoffMs(tries), NEVER);
    }
  }
}

function tooSlow(name: string): never {
  throw new OrderlogError(
    'ABORTED',
    'SWITCH_TOO_SLOW',
    `the next generation of ${name} did not catch up within ${CATCH_UP_WITHIN_MS / 1_000} s: nothing was switched; run it again, at a quieter time`,
  );
}
