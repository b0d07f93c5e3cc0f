/** How far a read model is, wherever it is stored: its projector's checkpoint, which is the projector's heartbeat too. */
import type { LagHistogram } from './lagHistogram.ts';

/** Up to where the log is in the read model. */
export interface ModelCheckpoint {
  readonly stream: string;
  /** 0: nothing yet. */
  readonly sequence: number;
  /** The event at `sequence`; unset at 0. */
  readonly lastEventId: string | undefined;
  /** The life of the stream in which the sequence counts. */
  readonly streamEpoch: number;
  /** The process that wrote this; NOBODY once it has left. */
  readonly writer: string;
  /** What that process's code makes of the events; unset: it does not say. */
  readonly shape?: string;
  /** What a person should do, in words. */
  readonly advice?: string;
  /** When, by the writer's clock (RFC 3339): at least every HEARTBEAT_MS, also when nothing happens. */
  readonly time: string;
  /**
   * How long its writer's events took from commit to where they can be read, until the move before this one; unset: it does not
   * say.
   */
  readonly lags?: LagHistogram;
}

/** Whoever comes goes on at once. */
export const NOBODY = '';

/** How often a projector that is reading says so in its checkpoint. */
export const HEARTBEAT_MS = 2_000;
