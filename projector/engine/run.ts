/**
 * A projection at work: the log, from the checkpoint on, batch by batch into the index.
 *
 * Start, a lost connection, a lost compare-and-set, a deleted or restored index, Elasticsearch or the history out of reach
 * are ONE procedure: drop everything in memory, make sure of the index, read the checkpoint, and go on from there. Nothing
 * is skipped for it, since writing a document again is harmless. What needs a person (LogBroken, a changed mapping) is
 * told at each attempt.
 */
import type { Logger } from 'pino';
import type { Checkpoint } from '../../platform/consume/checkpoints.ts';
import { findPlaces } from '../../platform/consume/findPlace.ts';
import { managerOf, readStream } from '../../platform/consume/logPlace.ts';
import { openReader, type Reader } from '../../platform/consume/reader.ts';
import type { Elasticsearch } from '../../platform/elasticsearch/client.ts';
import { HEARTBEAT_MS } from '../../platform/elasticsearch/readModel.ts';
import { OrderlogError } from '../../platform/errors.ts';
import type { AnyEvent } from '../../platform/events.ts';
import { PARTITIONS } from '../../platform/ids.ts';
import type { LogConnection } from '../../platform/log/connection.ts';
import { MalformedMessage } from '../../platform/log/headers.ts';
import { backoffMs, pause } from '../../platform/wait.ts';
import { type BatchWriter, createBatchWriter } from './batch.ts';
import { CheckpointLost, type CheckpointWriter, openCheckpoint } from './checkpoint.ts';
import { ensureIndex } from './index.ts';
import type { Projection } from './projection.ts';

export interface EngineOptions {
  readonly es: Elasticsearch;
  readonly connection: LogConnection;
  readonly logger: Logger;
  /** Names this process in the checkpoint. */
  readonly writer: string;
  /** Told each time the projection begins to read. */
  readonly onReading?: () => void;
}

/** One bulk request's worth. */
const FETCH = { maxMessages: 1_000, maxBytes: 4 * 1024 * 1024 };
const FIRST_RETRY_MS = 200;
const MAX_RETRY_MS = 10_000;
/** Two projectors are harmless but a waste: who loses lets the other work. */
const STAND_BACK_MS = 3 * HEARTBEAT_MS;

/** Runs until the signal; never throws. */
export async function runProjection<S, D extends object, E extends AnyEvent>(
  options: EngineOptions,
  projection: Projection<S, D, E>,
  signal: AbortSignal,
): Promise<void> {
  const logger = options.logger.child({ projection: projection.index.alias });
  let failures = 0;
  while (!signal.aborted) {
    try {
      await readOn({ ...options, logger }, projection, signal, () => {
        failures = 0;
      });
    } catch (error) {
      if (signal.aborted) return;
      const waitMs =
        error instanceof CheckpointLost ? STAND_BACK_MS : backoffMs(failures++, FIRST_RETRY_MS, MAX_RETRY_MS);
      tell(logger, error, waitMs);
      await pause(waitMs, signal);
    }
  }
}

function tell(logger: Logger, error: unknown, waitMs: number): void {
  const why = error instanceof Error ? error.message : String(error);
  const needsPerson = error instanceof OrderlogError || error instanceof MalformedMessage;
  logger[needsPerson ? 'error' : 'warn']({ why, retryInMs: Math.round(waitMs) }, 'not projecting');
}

/** From the checkpoint on, until the signal. Throws whatever interrupts it. */
async function readOn<S, D extends object, E extends AnyEvent>(
  { es, connection, logger, writer, onReading }: EngineOptions,
  projection: Projection<S, D, E>,
  signal: AbortSignal,
  onProgress: () => void,
): Promise<void> {
  const { stream, subjectPrefix, index } = projection;
  await ensureIndex(es, index);
  const streamEpoch = async () => (await readStream(await managerOf(connection.nats), stream)).epoch;
  const checkpoint = await openCheckpoint(es, { alias: index.alias, stream, writer }, streamEpoch);
  const checkpoints = await placesOf(checkpoint, connection, stream, logger);
  const reader = await openReader({ connection, stream, subjectPrefix, checkpoints, limits: FETCH });
  try {
    const batches = createBatchWriter(projection, { es, alias: index.alias, logger, signal });
    logger.info({ sequence: checkpoint.place.sequence }, 'projecting');
    onReading?.();
    await batches.retryParked();
    while (!signal.aborted) {
      await projectNext(reader, batches, checkpoint, signal);
      onProgress();
    }
  } finally {
    await reader.close();
  }
}

/** Where to read on; moves the checkpoint first, if the stream was republished since. */
async function placesOf(
  checkpoint: CheckpointWriter,
  connection: LogConnection,
  stream: string,
  logger: Logger,
): Promise<readonly Checkpoint[]> {
  const before = [{ firstPartition: 0, lastPartition: PARTITIONS - 1, ...checkpoint.place }];
  const [place] = await findPlaces(connection, stream, before, logger);
  if (!place || place === before[0]) return before;
  const { sequence, lastEventId, streamEpoch } = place;
  await checkpoint.move({ sequence, lastEventId, streamEpoch });
  return [place];
}

async function projectNext(
  reader: Reader,
  batches: BatchWriter,
  checkpoint: CheckpointWriter,
  signal: AbortSignal,
): Promise<void> {
  const messages = await reader.take(checkpoint.heartbeatDueMs(), signal);
  const last = messages.at(-1);
  if (last) {
    await batches.write(messages);
    await checkpoint.move({ sequence: last.sequence, lastEventId: last.eventId });
  } else if (checkpoint.heartbeatDueMs() === 0) {
    await checkpoint.move(checkpoint.place);
  }
}
