/**
 * The end of a stream, as it grows: every message that is published after it was begun, in order, and none twice.
 *
 * It keeps no checkpoint but in memory. After a lost connection or a restart of the server it goes on at its place; in a
 * stream that was republished it finds it again by the last event that it read (findPlace.ts). Only where that is lost as
 * well does it begin anew at the end, and says so: what came between is not to be had here, whoever needs it asks the
 * aggregate. Needs no database, and leaves nothing behind at the server.
 */
import type { Logger } from 'pino';
import type { Checkpoint } from '../../platform/consume/checkpoints.ts';
import { findPlaces } from '../../platform/consume/findPlace.ts';
import { managerOf, readStream } from '../../platform/consume/logPlace.ts';
import { openReader } from '../../platform/consume/reader.ts';
import { PARTITIONS } from '../../platform/ids.ts';
import type { LogConnection } from '../../platform/log/connection.ts';
import type { LogMessage } from '../../platform/log/headers.ts';
import { LogMismatch } from '../../platform/log/logMismatch.ts';
import { backoffMs, pause } from '../../platform/wait.ts';
import { unless } from './unless.ts';

export interface TailOptions {
  /** May not be there yet: it is waited for. */
  readonly connection: Promise<LogConnection>;
  readonly stream: { readonly name: string; readonly subjectPrefix: string };
  readonly logger: Logger;
}

export interface TailListener {
  /** From now on nothing that is published is missed; told again where the place was lost, and with it what came between. */
  onBegun(): void;
  onMessages(messages: readonly LogMessage[]): void;
  /** Whether it reads now; if not, why. It goes on by itself. */
  onState(problem: string | undefined): void;
}

const FETCH = { maxMessages: 1_000, maxBytes: 4 * 1024 * 1024 };
/** It waits for messages anyway: this only bounds one wait. */
const TAKE_MS = 30_000;
const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 5_000;

/** Runs until the signal; never throws. */
export async function followTail(
  options: TailOptions,
  listener: TailListener,
  signal: AbortSignal,
): Promise<void> {
  let place: Checkpoint | undefined;
  let failures = 0;
  const moveTo = (to: Checkpoint) => {
    place = to;
    failures = 0;
  };
  while (!signal.aborted) {
    try {
      await readFrom(options, place, { ...listener, moveTo }, signal);
    } catch (error) {
      if (signal.aborted) return;
      if (isLost(error)) place = undefined;
      tell(options, error, failures, listener);
      await pause(backoffMs(failures++, FIRST_RETRY_MS, MAX_RETRY_MS), signal);
    }
  }
}

/** The place is in no stream that there will be. One that is gone may be republished, and holds it then. */
const isLost = (error: unknown): boolean => error instanceof LogMismatch && error.reason !== 'LOG_MISSING';

function tell({ logger, stream }: TailOptions, error: unknown, failures: number, { onState }: TailListener) {
  const why = error instanceof Error ? error.message : String(error);
  onState(why);
  if (isLost(error)) logger.error({ err: error }, `the end of ${stream.name} is looked for anew`);
  else if (failures === 0) logger.warn({ why }, `cannot follow ${stream.name} now, trying on`);
}

type Progress = TailListener & { readonly moveTo: (place: Checkpoint) => void };

async function readFrom(
  { connection: connecting, stream, logger }: TailOptions,
  last: Checkpoint | undefined,
  { onBegun, onMessages, onState, moveTo }: Progress,
  signal: AbortSignal,
): Promise<void> {
  const connection = await unless(signal, connecting);
  await connection.whenConnected(signal);
  signal.throwIfAborted();
  let [place] = last ? await findPlaces(connection, stream.name, [last], logger) : [];
  place ??= await endOf(connection, stream.name);
  const limits = FETCH;
  const { name, subjectPrefix } = stream;
  const reader = await openReader({ connection, stream: name, subjectPrefix, checkpoints: [place], limits });
  try {
    moveTo(place);
    if (!last) onBegun();
    onState(undefined);
    while (!signal.aborted) {
      const messages = await reader.take(TAKE_MS, signal);
      const newest = messages.at(-1);
      if (!newest) continue;
      place = { ...place, sequence: newest.sequence, lastEventId: newest.eventId };
      moveTo(place);
      onMessages(messages);
    }
  } finally {
    await reader.close();
  }
}

/** Where the stream ends now. Throws StreamMissing, or what the client throws. */
async function endOf(connection: LogConnection, stream: string): Promise<Checkpoint> {
  const manager = await managerOf(connection);
  const { epoch, firstSequence, lastSequence } = await readStream(manager, stream);
  const isEmpty = lastSequence < firstSequence;
  const sequence = isEmpty ? 0 : lastSequence;
  const message = isEmpty ? undefined : await manager.streams.getMessage(stream, { seq: sequence });
  const lastEventId = message?.header.get('ce-id') || undefined;
  return { firstPartition: 0, lastPartition: PARTITIONS - 1, sequence, lastEventId, streamEpoch: epoch };
}
