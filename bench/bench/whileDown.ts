/** Stops services of a running system for a while: the launcher starts them again when it is over. */
import { setTimeout as sleep } from 'node:timers/promises';
import { holdDown } from '../../cli/start/held.ts';
import type { Layout } from '../../cli/start/layout.ts';
import type { System } from '../../cli/start/system.ts';

/** Should whoever stopped them die, they come back by themselves. */
const LONGEST_MS = 3_600_000;
const POLL_MS = 50;

/** Resolves when they are up again. Throws what the work throws, and the signal's reason. */
export async function whileDown(
  system: Pick<System, 'services'>,
  layout: Layout,
  names: readonly string[],
  work: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const services = names.map((name) => {
    const kept = system.services.get(name);
    if (!kept) throw new Error(`there is no service ${name}`);
    return kept;
  });
  const back = Promise.all(services.map((kept) => kept.restarted()));
  for (const name of names) holdDown(layout, name, LONGEST_MS);
  for (const kept of services) kept.kill('SIGTERM');
  try {
    while (services.some(({ pid }) => pid !== undefined)) await sleep(POLL_MS, undefined, { signal });
    await work();
  } finally {
    for (const name of names) holdDown(layout, name, 0);
  }
  await Promise.race([back, aborted(signal)]);
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
