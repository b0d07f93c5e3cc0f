/**
 * Where a projection's states are kept: an index with its documents, or tables. Whatever it is, the place up to which the log
 * is in the states lies beside them, and moves with them by compare-and-set.
 */
import type { FetchLimits } from '../../platform/consume/subscription.ts';
import type { Gathering } from '../../platform/gathering.ts';
import type { LagHistogram } from '../../platform/lagHistogram.ts';
import type { FoldedBatch, FoldSource, Poisoned } from './fold.ts';

/** A place in the log. */
export interface Place {
  /** 0: nothing yet. */
  readonly sequence: number;
  /** The event there; undefined at 0. */
  readonly lastEventId: string | undefined;
  /** The life of the stream in which the sequence counts. */
  readonly streamEpoch: number;
  /** How long what was committed before took to be there; unset: nobody counts. */
  readonly lags?: LagHistogram;
}

/** Of a checkpoint. */
export interface Move {
  /** Another with each move. */
  readonly id: string;
  readonly hasLeft: boolean;
}

export interface Target<S> {
  /** How much of the log one commit takes well. */
  readonly limits: FetchLimits;
  /** How commits let more gather. */
  readonly gathering: Gathering;
  /**
   * Makes sure of what it stores in, takes up the checkpoint, and begins with nothing in memory. `firstEpoch` is asked for the
   * stream's epoch where there is no checkpoint yet. Throws OrderlogError for what needs a person, or what its client throws.
   */
  open(firstEpoch: () => Promise<number>, signal: AbortSignal): Promise<OpenTarget<S>>;
  /** The last of its checkpoint, for whoever stands by; once it was opened. Throws what its client throws. */
  lastMove(): Promise<Move>;
}

/** After whatever it throws nothing is known: open again. */
export interface OpenTarget<S> extends FoldSource<S> {
  /** Its cache has the states of a commit as soon as that begins: what comes next may be folded meanwhile, and waits for it then. */
  readonly foldsAhead?: boolean;
  /** Up to where the log is in it. */
  place(): Place;
  /** The same as its checkpoint has it: that, or a little behind it until the next heartbeat. */
  written(): Place;
  /** How long until its checkpoint is to be written if nothing comes, by a commit of nothing; 0: now. */
  writeDueMs(): number;
  /**
   * Aggregates that could not be brought up to what the log says of them, in the order of their last messages, so many at most;
   * `after`: only those whose last message lies beyond this sequence.
   */
  parked(after?: number): Promise<readonly Poisoned[]>;
  /**
   * Makes ready what was folded. The function that it gives writes that, and then, or at once, moves the checkpoint; it throws
   * CheckpointLost, TargetHeld, or what its client throws.
   */
  stage(batch: FoldedBatch<S>): (to: Place) => Promise<void>;
  /** Says in the checkpoint that this process moves it no more, so that another goes on at once. Throws as a commit does. */
  leave(): Promise<void>;
}

/** Somebody keeps it from being written, most likely for a moment, while another takes its place: look again soon. */
export class TargetHeld extends Error {
  constructor(target: string) {
    super(`writes to ${target} are blocked`);
    this.name = 'TargetHeld';
  }
}

/** Another has taken its place: open that one, now. */
export class TargetReplaced extends Error {
  constructor(before: string, now: string | undefined) {
    super(`${now ?? 'nothing'} has taken the place of ${before}`);
    this.name = 'TargetReplaced';
  }
}

/** Another process has written the checkpoint since this one did. */
export class CheckpointLost extends Error {
  constructor(target: string) {
    super(`another projector has moved the checkpoint of ${target}`);
    this.name = 'CheckpointLost';
  }
}
