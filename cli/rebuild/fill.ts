/**
 * Fills a generation from its checkpoint on and keeps it up, beside whatever else happens, until it is stopped. What
 * interrupts it is tried again from the checkpoint; what needs a person, or does not mend, ends it.
 */
import { OrderlogError } from '../../platform/errors.ts';
import { LogMismatch } from '../../platform/log/logMismatch.ts';
import { backoffMs, pause } from '../../platform/wait.ts';
import type { Feed } from '../../projector/engine/feed.ts';
import { CheckpointLost } from '../../projector/engine/target.ts';
import type { Throttle } from './throttle.ts';

export interface FillOptions {
  /** With the signal by which it is ended. */
  open(signal: AbortSignal): Promise<Feed>;
  readonly throttle: Throttle;
  readonly signal: AbortSignal;
}

export interface Filling {
  /** Whether it has begun: before, nobody knows where it is. */
  readonly isOpen: boolean;
  /** Up to here the log is in the generation. */
  readonly sequence: number;
  /** Events written by this process. */
  readonly events: number;
  /** Throws what ended it, if anything did. */
  throwIfEnded(): void;
  /** Until it has come that far. Throws what ended it before. */
  reach(sequence: number): Promise<void>;
  /** From now on nobody is given way to. */
  hurry(): void;
  /** When this returns, nothing more is written. */
  stop(): Promise<void>;
}

const IDLE_MS = 250;
const MAX_FAILURES = 8;

export function startFilling({ open, throttle, signal }: FillOptions): Filling {
  const stopping = new AbortController();
  const until = AbortSignal.any([signal, stopping.signal]);
  const hurrying = new AbortController();
  const unhurried = AbortSignal.any([until, hurrying.signal]);
  const waiting = new Set<{ readonly sequence: number; done(error?: unknown): void }>();
  let isOpen = false;
  let [sequence, events, failures] = [0, 0, 0];
  let ended: { readonly why: unknown } | undefined;

  const tell = () => {
    isOpen = true;
    for (const each of waiting) if (sequence >= each.sequence) each.done();
  };
  async function feedOn(feed: Feed): Promise<void> {
    sequence = feed.sequence();
    tell();
    while (!until.aborted) {
      await throttle.turn(unhurried);
      const written = await feed.next(Math.min(IDLE_MS, feed.writeDueMs()));
      throttle.wrote(written);
      failures = 0;
      events += written;
      sequence = feed.sequence();
      tell();
    }
  }
  async function work(): Promise<void> {
    while (!until.aborted) {
      let feed: Feed | undefined;
      try {
        feed = await open(until);
        await feedOn(feed);
      } catch (error) {
        if (until.aborted) return;
        if (needsPerson(error) || ++failures >= MAX_FAILURES) throw error;
        await pause(backoffMs(failures), until);
      } finally {
        await feed?.close();
      }
    }
  }
  const running = work()
    .then(
      () => ({ why: signal.aborted ? signal.reason : new Error('it was stopped') }),
      (error) => ({ why: error }),
    )
    .then((end) => {
      ended = end;
      for (const each of waiting) each.done(end.why);
    });

  return {
    get isOpen() {
      return isOpen;
    },
    get sequence() {
      return sequence;
    },
    get events() {
      return events;
    },
    throwIfEnded() {
      if (ended) throw ended.why;
    },
    reach(wanted) {
      if (isOpen && sequence >= wanted) return Promise.resolve();
      if (ended) return Promise.reject(ended.why);
      return new Promise((resolve, reject) => {
        const entry = {
          sequence: wanted,
          done(error?: unknown) {
            waiting.delete(entry);
            if (error === undefined) resolve();
            else reject(error);
          },
        };
        waiting.add(entry);
      });
    },
    hurry() {
      hurrying.abort();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

const needsPerson = (error: unknown): boolean =>
  error instanceof OrderlogError || error instanceof LogMismatch || error instanceof CheckpointLost;
