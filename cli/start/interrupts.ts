/** Ctrl-C and SIGTERM: the first asks for an orderly stop, a later one for an end at once. */

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** A terminal and npm both pass on one Ctrl-C. */
const SAME_PRESS_MS = 500;

/** Returns how to stop listening. */
export function onInterrupt(first: () => void, again: () => void): () => void {
  let firstAtMs: number | undefined;
  const hear = () => {
    if (firstAtMs === undefined) {
      firstAtMs = performance.now();
      first();
    } else if (performance.now() - firstAtMs > SAME_PRESS_MS) {
      again();
    }
  };
  for (const signal of SIGNALS) process.on(signal, hear);
  return () => {
    for (const signal of SIGNALS) process.off(signal, hear);
  };
}
