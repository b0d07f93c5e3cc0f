/** What a benchmark does on Ctrl-C: the first time it stops what it measures, the second time it ends at once. */
import { stopTestServers } from '../cli/servers/testing.ts';
import { hurry } from '../cli/servers/watchdog.ts';
import { onInterrupt } from '../cli/start/interrupts.ts';

const EXIT_FAILED = 1;

/** Throws what `work` throws; its servers are stopped either way. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stopping = new AbortController();
  const ignore = onInterrupt(
    () => stopping.abort(new Error('interrupted')),
    () => {
      hurry();
      process.exit(EXIT_FAILED);
    },
  );
  try {
    return await work(stopping.signal);
  } finally {
    ignore();
    await stopTestServers();
  }
}
