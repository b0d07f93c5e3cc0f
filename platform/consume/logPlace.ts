/**
 * Whether a checkpoint still stands where it did: the stream is in the same epoch, reaches that far, and holds at that
 * sequence the very event that the checkpoint remembers. A stream that was truncated and has grown again, or was recreated
 * under the same name, fails this.
 */
import {
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import type { LogConnection } from '../log/connection.ts';
import { LogMismatch } from '../log/logMismatch.ts';
import { EPOCH_KEY, RESTORED_KEY } from '../log/stream.ts';
import type { Checkpoint } from './checkpoints.ts';

/** Nobody has created the stream yet: wait. */
export class StreamMissing extends Error {
  constructor(stream: string) {
    super(`waiting for stream ${stream}: it does not exist yet`);
    this.name = 'StreamMissing';
  }
}

/** The account's API is not asked after: it may be down, and then each call says so. */
export const managerOf = (nats: NatsConnection, timeoutMs = 5_000): Promise<JetStreamManager> =>
  jetstreamManager(nats, { checkAPI: false, timeout: timeoutMs });

export interface StreamState {
  /** 0: it has none, and is not one of Orderlog's. */
  readonly epoch: number;
  /** The sequence that its first message has, or will have. */
  readonly firstSequence: number;
  readonly lastSequence: number;
  /** Up to here it repeats the life before; 0 if there is none. */
  readonly restoredTo: number;
}

/** Throws StreamMissing, and what the client throws if the server cannot be reached. */
export async function readStream(manager: JetStreamManager, stream: string): Promise<StreamState> {
  try {
    const { config, state } = await manager.streams.info(stream);
    const number = (key: string) => Number(config.metadata?.[key] ?? 0) || 0;
    return {
      epoch: number(EPOCH_KEY),
      firstSequence: config.first_seq ?? 1,
      lastSequence: state.last_seq,
      restoredTo: number(RESTORED_KEY),
    };
  } catch (error) {
    const missing = error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound;
    throw missing ? new StreamMissing(stream) : error;
  }
}

/** The sequence of its last message. Throws as readStream does. */
export const endOf = async ({ nats }: LogConnection, stream: string): Promise<number> =>
  (await readStream(await managerOf(nats), stream)).lastSequence;

/** Throws LogMismatch, StreamMissing, or what the client throws if the server cannot be reached. */
export async function verifyPlace(
  manager: JetStreamManager,
  stream: string,
  checkpoints: readonly Checkpoint[],
): Promise<StreamState> {
  const state = await readStream(manager, stream).catch((error) => {
    const read = Math.max(...checkpoints.map(({ sequence }) => sequence));
    if (!(error instanceof StreamMissing) || read === 0) throw error;
    throw new LogMismatch('LOG_MISSING', `stream ${stream} is gone, and was read up to ${read}`, error);
  });
  const { epoch, lastSequence } = state;
  const places = new Map(checkpoints.map((checkpoint) => [checkpoint.sequence, checkpoint]));
  for (const { sequence, lastEventId, streamEpoch } of places.values()) {
    if (streamEpoch !== epoch) {
      throw new LogMismatch(
        'LOG_RECREATED',
        `${stream} is in epoch ${epoch}, and was read in ${streamEpoch}`,
      );
    }
    if (lastSequence < sequence) {
      throw new LogMismatch(
        'LOG_BEHIND',
        `${stream} ends at ${lastSequence}, and was read up to ${sequence}`,
      );
    }
    if (sequence === 0) continue;
    // By the stream's leader: a direct get may be answered by a replica that is behind.
    const found = await manager.streams.getMessage(stream, { seq: sequence });
    const eventId = found?.header.get('ce-id') || 'nothing';
    if (eventId !== lastEventId) {
      throw new LogMismatch(
        'LOG_RECREATED',
        `${stream} holds ${eventId} at ${sequence}, where ${lastEventId} was read`,
      );
    }
  }
  return state;
}
