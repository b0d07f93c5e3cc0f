/** Runs the generator (placeOrders.ts) as the process of its own that it is. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { LoadOrder, LoadResult } from './placeOrders.ts';

const script = join(import.meta.dirname, 'placeOrders.ts');

/** `onProgress` gets the result so far every few seconds; the signal ends the load early. */
export async function generate(
  order: LoadOrder,
  onProgress: (soFar: LoadResult) => void = () => undefined,
  signal?: AbortSignal,
): Promise<LoadResult> {
  const child = spawn(process.execPath, [script, JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'close');
  signal?.addEventListener('abort', () => child.kill('SIGTERM'), { once: true });
  let last: LoadResult | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    if (last) onProgress(last);
    last = JSON.parse(line) as LoadResult;
  }
  await exited;
  if (!last) throw new Error('the generator ended without a result');
  return last;
}

/** Orders accepted within their deadline, a second. */
export const accepted = ({ statuses, seconds }: LoadResult): number => (statuses['0'] ?? 0) / seconds;
