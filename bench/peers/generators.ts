/** The callers of a peer, in as many processes as Orderlog's (placeOrders.ts is one of them). */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { GENERATORS } from '../bench/plan.ts';
import type { PeerLoad, PeerResult } from './placeOrders.ts';
import type { End } from './workload.ts';

/** What all of them did together. */
export type Placed = Omit<PeerResult, 'next'>;

/** `callers` and `orders` of all processes. */
export type Generate = (load: Omit<PeerLoad, 'first'>) => Promise<Placed>;

const script = join(import.meta.dirname, 'placeOrders.ts');
const run = promisify(execFile);
/** Between the numbers of their first orders: no two processes place the same orders. */
const APART = 1_000_000;
/** A latency an order is a few bytes. */
const MAX_OUTPUT_BYTES = 64 * 1_024 * 1_024;

/** Each load goes on with the order numbers where the last one ended. */
export function createGenerators(signal: AbortSignal): Generate {
  const firsts = Array.from({ length: GENERATORS }, (_, generator) => generator * APART);
  return async ({ callers, orders, ...load }) => {
    const failed = new AbortController();
    const own = {
      ...load,
      callers: Math.ceil(callers / GENERATORS),
      ...(orders !== undefined && { orders: Math.ceil(orders / GENERATORS) }),
    };
    try {
      const results = await Promise.all(
        firsts.map((first) => generate({ ...own, first }, AbortSignal.any([signal, failed.signal]))),
      );
      for (const [generator, { next }] of results.entries()) firsts[generator] = next;
      return together(results);
    } finally {
      // The others must not go on when one has failed.
      failed.abort();
    }
  };
}

async function generate(load: PeerLoad, signal: AbortSignal): Promise<PeerResult> {
  try {
    const options = { signal, maxBuffer: MAX_OUTPUT_BYTES };
    const { stdout } = await run(process.execPath, [script, JSON.stringify(load)], options);
    return JSON.parse(stdout) as PeerResult;
  } catch (error) {
    signal.throwIfAborted();
    const { stderr = '', message } = error as Error & { stderr?: string };
    const [reason] = /^\w*Error\b.*$/m.exec(stderr) ?? [message];
    throw new Error(`a generator of orders failed: ${reason}`, { cause: error });
  }
}

function together(results: readonly PeerResult[]): Placed {
  const ends: Partial<Record<End, number>> = {};
  for (const [end, count] of results.flatMap((result) => Object.entries(result.ends)))
    ends[end as End] = (ends[end as End] ?? 0) + count;
  const sum = (of: (result: PeerResult) => number) => results.reduce((total, each) => total + of(each), 0);
  return {
    ends,
    units: sum(({ units }) => units),
    startedMs: Math.min(...results.map(({ startedMs }) => startedMs)),
    lastAnswerMs: Math.max(...results.map(({ lastAnswerMs }) => lastAnswerMs)),
    latenciesMs: results.flatMap(({ latenciesMs }) => latenciesMs),
    cpuMs: sum(({ cpuMs }) => cpuMs),
  };
}
