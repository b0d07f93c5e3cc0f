/**
 * Whether a checkpoint still stands where it did: the stream is in the same epoch, reaches that far, and holds at that
 * sequence the very event that the checkpoint remembers. A stream that was truncated and has grown again, or was recreated
 * under the same name, fails this.
 */
import {
  type ConsumerConfig,
  type ConsumerInfo,
  JetStreamApiCodes,
  JetStreamApiError,
  jetstreamManager,
  type MsgRequest,
  type StoredMsg,
  type StreamInfo,
} from '@nats-io/jetstream';
import type { LogConnection } from '../log/connection.ts';
import { during } from '../log/during.ts';
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

/** What readers ask of JetStream. All throw what the client throws, and SessionEnded as soon as the connection breaks. */
export interface LogManager {
  readonly streams: {
    info(stream: string): Promise<StreamInfo>;
    getMessage(stream: string, query: MsgRequest): Promise<StoredMsg | null>;
  };
  readonly consumers: {
    add(stream: string, config: Partial<ConsumerConfig>): Promise<ConsumerInfo>;
    delete(stream: string, consumer: string): Promise<boolean>;
  };
}

/**
 * Of the session that there is now, and of no later one. The account's API is not asked after: it may be down, and then each
 * call says so.
 */
export async function managerOf(connection: LogConnection, timeoutMs = 5_000): Promise<LogManager> {
  const session = connection.session();
  const { streams, consumers } = await jetstreamManager(connection.nats, {
    checkAPI: false,
    timeout: timeoutMs,
  });
  return {
    streams: {
      info: (stream) => during(session, () => streams.info(stream)),
      getMessage: (stream, query) => during(session, () => streams.getMessage(stream, query)),
    },
    consumers: {
      add: (stream, config) => during(session, () => consumers.add(stream, config)),
      delete: (stream, consumer) => during(session, () => consumers.delete(stream, consumer)),
    },
  };
}

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
export async function readStream(manager: LogManager, stream: string): Promise<StreamState> {
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
export const endOf = async (connection: LogConnection, stream: string): Promise<number> =>
  (await readStream(await managerOf(connection), stream)).lastSequence;

/** Throws LogMismatch, StreamMissing, or what the client throws if the server cannot be reached. */
export async function verifyPlace(
  manager: LogManager,
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
