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
  const end = () => child.kill('SIGTERM');
  signal?.addEventListener('abort', end, { once: true });
  let last: LoadResult | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    if (last) onProgress(last);
    last = JSON.parse(line) as LoadResult;
  }
  await exited;
  signal?.removeEventListener('abort', end);
  if (!last) throw new Error('the generator ended without a result');
  return last;
}

const OK = '0';

/** Calls that were accepted within their deadline. */
export const acceptedOf = ({ statuses }: Pick<LoadResult, 'statuses'>): number => statuses[OK] ?? 0;

/** Calls that were not accepted, or of which nobody can tell. */
export const refusedOf = ({ statuses }: Pick<LoadResult, 'statuses'>): number =>
  Object.entries(statuses).reduce((sum, [status, n]) => sum + (status === OK ? 0 : n), 0);

/** Orders accepted, a second. */
export const accepted = (result: LoadResult): number => acceptedOf(result) / result.seconds;

/** What came of several generators at once. */
export interface Together
  extends Pick<LoadResult, 'offered' | 'statuses' | 'declined' | 'seconds' | 'processors'> {
  /** When the first call began, by performance.now() of this process. */
  readonly startedMs: number;
}

/** The same by several processes, each with its part of the callers, calls or rate. */
export async function generateBy(
  processes: number,
  order: LoadOrder,
  signal?: AbortSignal,
): Promise<Together> {
  const part = (whole: number | undefined) =>
    whole === undefined ? undefined : Math.ceil(whole / processes);
  const [callers, calls] = [part(order.callers), part(order.calls)];
  const own: LoadOrder = {
    ...order,
    ...(callers !== undefined && { callers }),
    ...(calls !== undefined && { calls }),
    ...(order.perSecond !== undefined && { perSecond: order.perSecond / processes }),
  };
  const results = await Promise.all(
    Array.from({ length: processes }, () => generate(own, undefined, signal)),
  );
  const statuses: Record<string, number> = {};
  for (const [status, count] of results.flatMap((result) => Object.entries(result.statuses))) {
    statuses[status] = (statuses[status] ?? 0) + count;
  }
  return {
    offered: results.reduce((sum, { offered }) => sum + offered, 0),
    statuses,
    declined: results.reduce((sum, { declined }) => sum + declined, 0),
    startedMs: Math.min(...results.map(({ startedAt }) => startedAt)) - performance.timeOrigin,
    seconds: Math.max(...results.map(({ seconds }) => seconds)),
    processors: results.reduce((sum, { processors }) => sum + processors, 0),
  };
}
