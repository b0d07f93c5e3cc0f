/**
 * A service whose log has to be mended by a person is up, and not ready: whoever started it hears why, as long as that is so. Of
 * anything else that keeps the gate closed nothing is said, for that is to pass by itself, or the start has failed.
 */
import type { LogGate } from '../log/logGate.ts';
import { LogMismatch } from '../log/logMismatch.ts';
import { within } from '../wait.ts';

/** Often enough for whoever gives up a service that says nothing. */
const TELL_EVERY_MS = 2_000;

/** Until it opens, or the signal comes. */
export async function untilOpen(
  gate: Pick<LogGate, 'whenOpen' | 'reason'>,
  tell: (why: string) => void,
  signal: AbortSignal,
  everyMs = TELL_EVERY_MS,
): Promise<void> {
  const open = gate.whenOpen(signal).then(() => true);
  while (!(await within(everyMs, open, () => false))) {
    const reason = gate.reason();
    if (reason instanceof LogMismatch) tell(`it is up, but closed: ${reason.message}`);
  }
}
