/** What a comparison measures, as it is kept in docs/comparison/comparison.json. Times in ms unless a name says otherwise. */
import type { ArchitectureName } from '../../cli/architectures.ts';
import type { Plan } from './plan.ts';
import type { Quantiles } from './quantiles.ts';
import type { ReadKind } from './workload.ts';

export interface Comparison {
  /** Of this file. */
  readonly format: 1;
  /** When it began (RFC 3339). */
  readonly time: string;
  /** `git describe`, if it is known. */
  readonly revision?: string;
  readonly machine: Machine;
  readonly plan: Plan;
  /** In the order in which they ran. */
  readonly runs: readonly Run[];
}

export interface Machine {
  readonly system: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly node: string;
  /** Processes that wanted a core before the comparison began, on average over a minute: at rest it is near 0. */
  readonly loadBefore: number;
}

/** One architecture in one round. */
export interface Run {
  readonly architecture: ArchitectureName;
  readonly round: number;
  /** Names and versions. */
  readonly servers: Readonly<Record<string, string>>;
  readonly startSeconds: number;
  readonly capacity: Capacity;
  readonly steady: Steady;
  readonly reads: Readonly<Record<ReadKind, ReadFigures>>;
  readonly agreement: Readonly<Record<'byId' | 'list', Agreement>>;
  readonly outage: Outage;
  readonly answers: readonly Answer[];
  readonly storage: Storage;
  readonly processes: readonly ProcessFigures[];
  readonly code: Code;
  readonly audit: { readonly checked: readonly string[]; readonly skipped: Readonly<Record<string, string>> };
}

/** All that it can: closed loop. */
export interface Capacity {
  readonly orders: number;
  /** From the first call until the last order has ended. */
  readonly endedPerSecond: number;
  /** While callers called. */
  readonly answeredPerSecond: number;
  /** Calls that were refused, and asked again. */
  readonly refusals: number;
}

/** By the clock, before the outage: from when an order was due. */
export interface Steady {
  readonly toAnswer: Quantiles | undefined;
  readonly toEnd: Quantiles | undefined;
}

export interface ReadFigures {
  readonly asked: number;
  /** Not answered in time, or with an error: they count with the time that they took, and are not repeated. */
  readonly failed: number;
  /** From when it was due. */
  readonly latency: Quantiles | undefined;
  /** Why it cannot be answered, in the system's own words. */
  readonly refusal?: string;
}

/** From a write's answer to the end of the first read that shows what was answered. */
export interface Agreement {
  readonly time: Quantiles | undefined;
  /** Of these writes, how many were in the very first read. */
  readonly firstReads: number;
  /** Not shown within a minute, and counted with it. */
  readonly unseen: number;
}

export interface Outage {
  readonly seconds: number;
  /** Orders due while the provider was down. */
  readonly placed: number;
  /** Calls of theirs that were refused, or not answered in time, and asked again. */
  readonly refusals: number;
  /** Their answers. */
  readonly toAnswer: Quantiles | undefined;
  /** Took longer to end than any order before, and than a second. */
  readonly affected: number;
  readonly affectedToEnd: Quantiles | undefined;
  /** By status. */
  readonly affectedEnds: Readonly<Record<string, number>>;
  /** Ended as they would have without the outage. */
  readonly asWanted: number;
}

/** One question asked of the running system about one order's past. */
export interface Answer {
  readonly question: string;
  /** Of the order itself; else of what is kept beside it for reading. */
  readonly isHistory: boolean;
  readonly isAnswered: boolean;
  /** What was answered, or why not. */
  readonly detail: string;
}

export interface Storage {
  /** Between the two looks. */
  readonly orders: number;
  readonly databaseBytes: Readonly<Record<string, number>>;
  readonly logBytes: number;
  /** Unset: there is no read model. */
  readonly indexBytes?: number;
}

export interface ProcessFigures {
  readonly name: string;
  /** With all that it has started, such as PostgreSQL's backends. */
  readonly memoryMb: number;
  readonly cpuMsPerOrder: number;
  /** Of reads alone, less what it takes at rest. */
  readonly cpuMsPerRead: number;
  readonly cpuMsPerIdleSecond: number;
}

/** Lines of code, without blank lines, comments, generated code and what others wrote. */
export interface Code {
  /** Of modules that were loaded, and of functions in them that ran. */
  readonly processes: Readonly<Record<string, { readonly loaded: number; readonly ran: number }>>;
  /** What several processes run counts once. */
  readonly loaded: number;
  readonly ran: number;
}
