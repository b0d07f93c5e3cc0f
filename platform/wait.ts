/** Waiting, within bounds: none of these throws when its signal is aborted, they only return early. */

/** Grows with each failed attempt (0, 1, 2, ...), half of it random, so that replicas do not knock together. */
export function backoffMs(attempt: number, firstMs = 100, maxMs = 10_000): number {
  const fullMs = Math.min(maxMs, firstMs * 2 ** Math.min(attempt, 20));
  return fullMs / 2 + (Math.random() * fullMs) / 2;
}

/** Waits until the time is over or the signal comes; not at all for 0 ms. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await waitFor(ms, signal, () => undefined);
}

const LATE = Symbol('late');

/** What `work` comes to; what `late` returns or throws, if that takes longer or the signal comes before. The work itself goes on. */
export async function within<T, L = T>(
  ms: number,
  work: Promise<T>,
  late: () => L,
  signal?: AbortSignal,
): Promise<T | L> {
  const over = new AbortController();
  const ending = signal ? AbortSignal.any([signal, over.signal]) : over.signal;
  const timeUp = pause(Math.max(1, ms), ending).then((): typeof LATE => LATE);
  try {
    const first = await Promise.race([work, timeUp]);
    return first === LATE ? late() : first;
  } finally {
    over.abort();
  }
}

/** Wakes one waiting loop; a nudge that comes while nobody waits is kept for the next wait. */
export interface Nudge {
  nudge(): void;
  /** Until a nudge, the time or the signal. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export function createNudge(): Nudge {
  let nudged = false;
  let wake = (): void => undefined;
  return {
    nudge() {
      nudged = true;
      wake();
    },
    async wait(ms, signal) {
      if (!nudged) {
        await waitFor(ms, signal, (done) => {
          wake = done;
        });
      }
      nudged = false;
    },
  };
}

/** Until the first of three: the time, the signal, or a call of what `onWait` is given. */
function waitFor(ms: number, signal: AbortSignal, onWait: (done: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    // A deadline may have passed since it was looked at.
    const timer = setTimeout(done, Math.max(0, ms));
    signal.addEventListener('abort', done, { once: true });
    onWait(done);
  });
}
