/** What a benchmark measures, as it is kept in docs/performance/performance.json. */
import type { Machine, Storage } from '../compare/figures.ts';
import type { Quantiles } from '../compare/quantiles.ts';
import type { Plan } from './plan.ts';

export interface Performance {
  /** Of this file. */
  readonly format: 1;
  /** In the order of the page. Each may be of another run: `--only` replaces some. */
  readonly sections: readonly Section[];
}

/** How it was measured. */
export interface Circumstances {
  /** When it began (RFC 3339). */
  readonly time: string;
  /** `git describe`, if it is known. */
  readonly revision?: string;
  readonly isQuick: boolean;
  readonly machine: Machine;
  /** That servers keep their data on. */
  readonly fileSystem?: string;
  readonly plan: Plan;
  /** Names and versions. */
  readonly servers: Readonly<Record<string, string>>;
  /** By server: what it was told, besides names and places. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface Section extends Circumstances {
  readonly id: SectionId;
  /** Sentences: how this section is measured. */
  readonly method: readonly string[];
  /** Sentences about what is particular to this run. */
  readonly notes: readonly string[];
  /** What of it could not be measured, and why. */
  readonly failed?: readonly string[];
  readonly goals: readonly Goal[];
  readonly series: readonly Series[];
  readonly processes?: readonly ProcessFigures[];
  readonly latencies?: readonly Latency[];
  readonly growth?: readonly Growth[];
  readonly audits: readonly Audit[];
}

export const SECTION_IDS = [
  'all-in',
  'stages',
  'latency',
  'hot-spots',
  'replicas',
  'observability',
  'growth',
  'soak',
] as const;
export type SectionId = (typeof SECTION_IDS)[number];

/** Values of the rounds, and what they are to be. */
export interface Goal {
  readonly name: string;
  readonly values: readonly number[];
  /** None: a ratio. */
  readonly unit?: string;
  readonly atLeast?: number;
  readonly below?: number;
  /** Below the target, and still worth showing. */
  readonly least?: number;
}

/** One thing, turn by turn. */
export interface Series {
  readonly name: string;
  readonly unit: string;
  readonly rates: readonly number[];
  /** Of the last turn. */
  readonly detail: Readonly<Record<string, number | string>>;
}

/** One process of the system, at full load. */
export interface ProcessFigures {
  readonly name: string;
  /** Medians of the turns. */
  readonly cpuMsPerOrder: number;
  /** At its most; of the services alone. */
  readonly memoryMb?: number;
}

export interface Latency {
  /** Of the all-in rate. */
  readonly load: number;
  readonly perSecond: number;
  /** Calls of all rounds that were not accepted in time: in no time below. */
  readonly refused: number;
  /** From when an order was due, in ms; of all rounds together. */
  readonly times: Readonly<Record<LatencyKind, Quantiles | undefined>>;
}

export const LATENCY_KINDS = {
  answered: 'PlaceOrder is answered',
  completed: 'COMPLETED in the aggregate',
  byId: 'visible by id',
  bySearch: 'visible by search',
} as const;
export type LatencyKind = keyof typeof LATENCY_KINDS;

export interface Growth {
  /** That there were. */
  readonly orders: number;
  readonly rates: readonly number[];
  /** Of the reference, before and after them. */
  readonly reference: readonly number[];
  readonly cpuMsPerOrder: number;
  /** By service, at its most. */
  readonly memoryMb: Readonly<Record<string, number>>;
  /** On disk, before the first turn. */
  readonly stored?: Omit<Storage, 'orders'>;
  /** Of PostgreSQL's write-ahead log, in the turns. */
  readonly walBytesPerOrder?: number;
}

/** A clean one: else there would be no section. */
export interface Audit {
  readonly of: string;
  readonly orders: number;
  readonly checked: readonly string[];
  readonly skipped: Readonly<Record<string, string>>;
}
