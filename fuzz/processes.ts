/**
 * What every process says of itself at its admin endpoint while it is asked for nonsense: it is the one that it was, and its
 * memory does not grow beyond what warming up took. Of the collector's ups and downs the lowest of some readings counts.
 */
import { PROCESSES, type ProcessName } from '../cli/addresses.ts';

/** Of one process; sizes in bytes. */
export interface Reading {
  /** Since the epoch, in seconds: another one is another process. */
  readonly startedAt: number;
  readonly resident: number;
}

/** undefined: it did not answer. */
export type Readings = Readonly<Partial<Record<ProcessName, Reading>>>;

const READ_WITHIN_MS = 20_000;
/** What buffers and caches may add after warming up: far below what a leak of requests comes to in a minute. */
export const MAX_GROWTH_BYTES = 160 * 1024 ** 2;
const MIB = 1024 ** 2;

export async function readProcesses(admin: Readonly<Record<ProcessName, string>>): Promise<Readings> {
  const read = async (name: ProcessName) => [name, await readOne(admin[name])] as const;
  return Object.fromEntries((await Promise.all(PROCESSES.map(read))).filter(([, reading]) => reading));
}

async function readOne(address: string): Promise<Reading | undefined> {
  try {
    const answer = await fetch(`http://${address}/metrics`, { signal: AbortSignal.timeout(READ_WITHIN_MS) });
    const text = await answer.text();
    const figure = (name: string) => Number(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'm').exec(text)?.[1]);
    return {
      startedAt: figure('process_start_time_seconds'),
      resident: figure('process_resident_memory_bytes'),
    };
  } catch {
    return undefined;
  }
}

/** A line for each process with which something is wrong. `warm`: readings after warming up; `late`: the last ones. */
export function wrongProcesses(warm: readonly Readings[], late: readonly Readings[]): readonly string[] {
  return PROCESSES.flatMap((name) => {
    const of = (all: readonly Readings[]) => all.flatMap((readings) => readings[name] ?? []);
    const [before, after] = [of(warm), of(late)];
    const last = late.at(-1)?.[name];
    if (before.length === 0) return [`${name} did not answer after warming up`];
    if (!last) return [`${name} does not answer any more`];
    const startedAt = before[0]?.startedAt;
    if ([...before, ...after].some((each) => each.startedAt !== startedAt))
      return [`${name} was started again`];
    const least = (all: readonly Reading[]) => Math.min(...all.map(({ resident }) => resident));
    const grown = least(after) - least(before);
    if (grown <= MAX_GROWTH_BYTES) return [];
    return [
      `${name} grew by ${Math.round(grown / MIB)} MiB after warming up, to ${Math.round(least(after) / MIB)} MiB`,
    ];
  });
}
