/**
 * What a rebuild needs of the place where a projection is stored. A generation is one whole copy of it, its checkpoint
 * included: the live one is read, the next is being filled, the previous one was live before and is kept.
 */
import type { Feed, FeedOptions } from '../../projector/engine/feed.ts';
import type { Comparison } from './comparison.ts';
import type { LockRecords } from './lease.ts';

export interface Generation {
  /** By which people find it: an index, a schema. */
  readonly id: string;
  /** What it is made by is what this version of the code would make it by. */
  readonly isOfThisVersion: boolean;
}

export type Standing = 'live' | 'next' | 'previous';

/** How far the live generation is, and who feeds it. */
export interface LiveState {
  readonly sequence: number;
  /** Another one each time that the projector says that it is alive. */
  readonly beat: string;
  /** What the projector's code makes of the events; undefined: it does not say. */
  readonly shape: string | undefined;
}

export interface CompareOptions {
  /** Only what changed behind that sequence; 0: everything. */
  readonly since: number;
  /** Versions only; else what is in them as well. */
  readonly versionsOnly: boolean;
  /** Neither is written meanwhile: what differs need not be looked at again. */
  readonly isAtRest: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}

/**
 * All of these throw OrderlogError, or what the clients throw. `run` is that of the lease: one that was taken over from gets
 * LEASE_LOST, or NOT_HELD.
 */
export interface RebuildStore {
  readonly name: string;
  /** The stream that is read. */
  readonly stream: string;
  /** Of what this version of the code makes. */
  readonly shape: string;
  readonly locks: LockRecords;
  find(standing: Standing): Promise<Generation | undefined>;
  /** An empty generation, as the next one. */
  create(): Promise<Generation>;
  /** Not if it has become the live one. */
  drop(generation: Generation): Promise<void>;
  liveState(): Promise<LiveState | undefined>;
  /** Begins where the generation's checkpoint is. */
  openFeed(generation: Generation, options: Pick<FeedOptions, 'signal' | 'limits'>): Promise<Feed>;
  compare(before: Generation, after: Generation, options: CompareOptions): Promise<Comparison>;
  /** Of one that was live before: it can be written again. */
  reopen(generation: Generation): Promise<void>;
  /** Makes it fit for being read, and marks it as the one that is about to be. Before the lease notes what is held for it. */
  prepare(generation: Generation, run: string): Promise<void>;
  /** The live generation takes no more writes. Returns the sequence up to which the other has to be filled to lack nothing. */
  hold(live: Generation, run: string): Promise<number>;
  /** Undoes `hold`. Returns whether the live generation is still the live one. */
  release(live: Generation, run: string): Promise<boolean>;
  /** Readers go over in one step; the one that was live is kept as the previous one. Only while it is held. */
  swap(live: Generation, next: Generation, run: string): Promise<void>;
}
