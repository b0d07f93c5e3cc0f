/** Where in a stream to begin. */
import type { LogConnection } from '../../platform/log/connection.ts';
import { MalformedMessage, readMessage } from '../../platform/log/headers.ts';
import { readRemains } from '../../platform/log/readLog.ts';

export type Point =
  | { readonly kind: 'beginning' | 'end' }
  /** So many before the end. */
  | { readonly kind: 'last'; readonly count: number }
  | { readonly kind: 'sequence'; readonly sequence: number }
  | { readonly kind: 'time'; readonly time: Date };

/** What there is of a stream; lastSequence below firstSequence: nothing. */
export interface Extent {
  readonly firstSequence: number;
  readonly lastSequence: number;
}

/** Events of one moment may stand in the log in another order than they happened, by as much as a transaction takes. */
const DISORDER_MS = 60_000;

/** The sequence to read from; for a time, one before which there is nothing of that time or later. */
export async function firstSequenceFor(
  log: LogConnection,
  stream: string,
  { firstSequence, lastSequence }: Extent,
  point: Point,
): Promise<number> {
  switch (point.kind) {
    case 'beginning':
      return firstSequence;
    case 'end':
      return lastSequence + 1;
    case 'last':
      return Math.max(firstSequence, lastSequence - point.count + 1);
    case 'sequence':
      return Math.max(firstSequence, point.sequence);
    case 'time': {
      const wantedMs = point.time.getTime() - DISORDER_MS;
      const isAfter = async (sequence: number) =>
        ((await timeAt(log, stream, sequence, lastSequence))?.getTime() ?? wantedMs) >= wantedMs;
      return lowerBound(firstSequence, lastSequence + 1, isAfter);
    }
    default:
      point satisfies never;
      throw new Error('no such point');
  }
}

/** The first number from `low` to below `high` for which it holds, if it holds for all after it too; else `high`. */
export async function lowerBound(
  low: number,
  high: number,
  holds: (at: number) => Promise<boolean>,
): Promise<number> {
  let [from, to] = [low, high];
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if (await holds(middle)) to = middle;
    else from = middle + 1;
  }
  return from;
}

/** Of the first event from there on; undefined: there is none. */
async function timeAt(
  log: LogConnection,
  stream: string,
  sequence: number,
  last: number,
): Promise<Date | undefined> {
  for await (const chunk of readRemains(log, stream, sequence, Math.min(last, sequence + LOOK_AHEAD))) {
    for (const raw of chunk) {
      try {
        return readMessage(raw).time;
      } catch (error) {
        if (!(error instanceof MalformedMessage)) throw error;
      }
    }
  }
  return undefined;
}

const LOOK_AHEAD = 9;
