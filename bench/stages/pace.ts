/** How much a turn is to be given so that it takes about as long as it should: guessed first, measured after that. */
export interface Pace {
  /** For a turn of so many seconds. */
  amount(seconds: number): number;
  /** What a turn came to, a second. */
  was(rate: number): void;
}

/** `guess`: a second. */
export function createPace(guess: number): Pace {
  let rate = guess;
  return {
    amount: (seconds) => Math.ceil(rate * seconds),
    was(measured) {
      rate = measured;
    },
  };
}

/** Amount a second, since then. */
export const rateSince = (amount: number, startedMs: number): number =>
  amount / ((performance.now() - startedMs) / 1_000);

/** Whoever has not done in this time what takes seconds will not do it. */
export const GIVE_UP_MS = 300_000;

/** The same, unless that takes too long or the signal comes: then it throws, and what is under way is the caller's to end. */
export async function within<T>(done: Promise<T>, what: string, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise: over, reject } = Promise.withResolvers<never>();
  const tooLong = () => reject(new Error(`${what} has not ended after ${GIVE_UP_MS / 1_000} s`));
  const timer = setTimeout(tooLong, GIVE_UP_MS);
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([done, over]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

/** `callers` at once do it again and again until the time is over; how often it was done, a second. */
export async function closedLoop(
  callers: number,
  seconds: number,
  call: () => Promise<unknown>,
): Promise<number> {
  const startedMs = performance.now();
  const endsMs = startedMs + seconds * 1_000;
  let done = 0;
  const loop = async () => {
    while (performance.now() < endsMs) {
      await call();
      done++;
    }
  };
  await Promise.all(Array.from({ length: callers }, loop));
  return rateSince(done, startedMs);
}
