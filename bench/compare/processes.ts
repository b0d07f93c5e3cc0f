/**
 * What each process of a system takes: CPU time and memory, with all that it has started (PostgreSQL's backends), by the
 * kernel's account. The payment sandbox is the world outside, and counts for nobody. Where there is no /proc, all is 0.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { Kept } from '../../cli/start/keepRunning.ts';
import type { System } from '../../cli/start/system.ts';

export interface Usage {
  readonly cpuMs: number;
  readonly memoryMb: number;
}

/** Linux counts in hundredths of a second, whatever the kernel's own clock. */
const TICK_MS = 10;
const OUTSIDE = 'sandbox';

export const canMeasure = existsSync('/proc/self/stat');

export const ownServices = ({ services }: System): readonly Kept[] =>
  [...services.values()].filter(({ name }) => name !== OUTSIDE);

/** By the names of servers and services. */
export function usage(system: System): ReadonlyMap<string, Usage> {
  const all = canMeasure ? processes() : [];
  const childrenOf = Map.groupBy(all, ({ parent }) => parent);
  const byPid = new Map(all.map((each) => [each.pid, each]));
  const kept = [...system.servers.values(), ...ownServices(system)];
  return new Map(
    kept.map(({ name, pid = 0 }) => {
      const tree = [byPid.get(pid)].filter((each) => each !== undefined);
      // Grows while it is gone through.
      for (const each of tree) tree.push(...(childrenOf.get(each.pid) ?? []));
      const sum = (of: (each: Process) => number) => tree.reduce((total, each) => total + of(each), 0);
      return [name, { cpuMs: sum(({ cpuMs }) => cpuMs), memoryMb: sum(({ memoryMb }) => memoryMb) }];
    }),
  );
}

interface Process extends Usage {
  readonly pid: number;
  readonly parent: number;
}

function processes(): readonly Process[] {
  return readdirSync('/proc').flatMap((name): Process[] => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      // The name before it, in brackets, may hold anything. Then: state, parent, ...
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      // Its own time, and that of children which have ended: user and system each.
      const ticks = fields.slice(11, 15).reduce((total, field) => total + Number(field), 0);
      return [
        { pid: Number(name), parent: Number(fields[1]), cpuMs: ticks * TICK_MS, memoryMb: memoryOf(name) },
      ];
    } catch {
      // It has ended by itself.
      return [];
    }
  });
}

/** Its share of what it has in memory: what several processes share counts once. */
function memoryOf(pid: string): number {
  try {
    const [, kb = '0'] = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')) ?? [];
    return Number(kb) / 1_024;
  } catch {
    return 0;
  }
}

/** What was taken between two looks, in ms of CPU. */
export const cpuBetween = (
  before: ReadonlyMap<string, Usage>,
  after: ReadonlyMap<string, Usage>,
): ReadonlyMap<string, number> =>
  new Map([...after].map(([name, { cpuMs }]) => [name, cpuMs - (before.get(name)?.cpuMs ?? 0)]));
