/**
 * How fast a rebuild may go: not above a rate, if one is given, and slower while the live projection falls behind, so that
 * readers do not notice it. A projector that is not at work is not waited for, and one that cannot keep up whatever the
 * rebuild does slows it down without stopping it.
 */
import { pause } from '../../platform/wait.ts';

/** A look at the live projection. */
export interface LiveLook {
  /** Events that are in the log and not in the projection. */
  readonly lag: number;
  /** Another one each time that the projector says that it is alive. */
  readonly beat: string;
}

export interface ThrottleOptions {
  look(): Promise<LiveLook>;
  /** Events a second; undefined: as fast as it goes. */
  readonly maxRate: number | undefined;
  /** Milliseconds, monotonic. */
  readonly now?: () => number;
}

export interface Throttle {
  /** Waits until the next batch may be written. */
  turn(signal: AbortSignal): Promise<void>;
  /** So many events were written. */
  wrote(events: number): void;
  /** For how long the live projection was given way, in all. */
  readonly yieldedMs: number;
}

/** A quarter of what the live projection writes at once: it never has more than a batch to catch up. */
export const MAX_LIVE_LAG = 500;
const LOOK_EVERY_MS = 200;
const LOOK_AGAIN_MS = 50;
/** After that it goes on by one batch. */
const MAX_YIELD_MS = 5_000;
/** Without a sign of life for so long nobody is at work. */
const DEAD_MS = 10_000;

export function createThrottle({ look, maxRate, now = () => performance.now() }: ThrottleOptions): Throttle {
  let dueMs = now();
  let lookedMs = Number.NEGATIVE_INFINITY;
  let seen: { readonly beat: string; readonly atMs: number } | undefined;
  let yieldedMs = 0;

  async function mustYield(): Promise<boolean> {
    const { lag, beat } = await look();
    lookedMs = now();
    if (seen?.beat !== beat) seen = { beat, atMs: lookedMs };
    return lag > MAX_LIVE_LAG && lookedMs - seen.atMs < DEAD_MS;
  }

  return {
    async turn(signal) {
      await pause(Math.max(0, dueMs - now()), signal);
      if (now() - lookedMs < LOOK_EVERY_MS) return;
      const startedMs = now();
      while ((await mustYield()) && now() - startedMs < MAX_YIELD_MS && !signal.aborted) {
        await pause(LOOK_AGAIN_MS, signal);
        yieldedMs += LOOK_AGAIN_MS;
      }
    },
    wrote(events) {
      if (maxRate !== undefined) dueMs = Math.max(dueMs, now() - 1_000) + (1_000 * events) / maxRate;
    },
    get yieldedMs() {
      return yieldedMs;
    },
  };
}
