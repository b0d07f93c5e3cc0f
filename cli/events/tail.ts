/**
 * The log as it stands and as it grows: streams merged by the time of their events, each in its own order. Of each stream a
 * chunk is in memory. What is missing in a damaged log is passed over: `orderlog audit` tells of it.
 */
import { OrderlogError } from '../../platform/errors.ts';
import { callApi } from '../../platform/log/api.ts';
import type { LogConnection } from '../../platform/log/connection.ts';
import type { RawMessage } from '../../platform/log/headers.ts';
import { readRemains } from '../../platform/log/readLog.ts';
import type { Viewer } from '../../platform/redaction/messages.ts';
import { pause } from '../../platform/wait.ts';
import { type Entry, entryOf } from './entry.ts';
import { type Filter, isWanted } from './filter.ts';
import { mergeByTime } from './merge.ts';
import { type Extent, firstSequenceFor, type Point } from './point.ts';

export interface TailOptions {
  /** Such as ORDERS. */
  readonly streams: readonly string[];
  readonly from: Point;
  readonly filter: Filter;
  readonly viewer: Viewer;
  /** Goes on with what comes, until the signal. */
  readonly follow: boolean;
  readonly signal: AbortSignal;
  /** Told when the log cannot be read for a while, and goes on then. */
  readonly onTrouble: (text: string) => void;
}

const POLL_MS = 200;
const AFTER_TROUBLE_MS = 1_000;

export async function* tail(log: LogConnection, options: TailOptions): AsyncGenerator<Entry> {
  const { streams, from, filter, viewer, follow, signal } = options;
  const next = new Map<string, number>();
  for (const stream of streams) {
    next.set(stream, await firstSequenceFor(log, stream, await extentOf(log, stream), from));
  }
  let isTroubled = false;
  while (!signal.aborted) {
    try {
      for await (const entry of whatThereIs(log, next, viewer)) {
        next.set(entry.stream, entry.sequence + 1);
        if (signal.aborted) return;
        if (isWanted(entry, filter)) yield entry;
      }
      isTroubled = false;
    } catch (error) {
      if (!follow || error instanceof OrderlogError) throw error;
      if (!isTroubled) options.onTrouble(`${(error as Error).message}; trying on`);
      isTroubled = true;
    }
    if (!follow) return;
    await pause(isTroubled ? AFTER_TROUBLE_MS : POLL_MS, signal);
  }
}

/** From where each stream was read up to, to where it ends now. */
async function* whatThereIs(
  log: LogConnection,
  next: ReadonlyMap<string, number>,
  viewer: Viewer,
): AsyncGenerator<Entry> {
  const sources: AsyncIterable<readonly Entry[]>[] = [];
  const entryFor = (raw: RawMessage) => entryOf(raw, viewer);
  for (const [stream, from] of next) {
    const { lastSequence } = await extentOf(log, stream);
    if (lastSequence < from - 1) {
      const message = `${stream} ends at ${lastSequence}, and was read up to ${from - 1}: it is another stream now`;
      throw new OrderlogError('FAILED_PRECONDITION', 'LOG_RECREATED', message);
    }
    if (lastSequence >= from) sources.push(mapped(readRemains(log, stream, from, lastSequence), entryFor));
  }
  yield* mergeByTime(sources);
}

async function* mapped<T, R>(chunks: AsyncIterable<readonly T[]>, each: (one: T) => R) {
  for await (const chunk of chunks) yield chunk.map(each);
}

async function extentOf(log: LogConnection, stream: string): Promise<Extent> {
  const { state } = await callApi<{ state: { first_seq: number; last_seq: number } }>(
    log,
    `STREAM.INFO.${stream}`,
    {},
  );
  return { firstSequence: Math.max(1, state.first_seq), lastSequence: state.last_seq };
}
