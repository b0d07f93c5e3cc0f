/** OpsService's rpcs about parked events. */
import type {
  OpsServiceService,
  ParkedEvent as ParkedEventMessage,
} from '../../proto/gen/orderlog/ops/v1/ops_service.ts';
import { discardParked } from '../consume/discard.ts';
import {
  countParked,
  listParked,
  type ParkedPlace,
  placeOf,
  type QueuedEvent,
} from '../consume/parkedList.ts';
import type { Replay, ReplayPlace, ReplayRequest } from '../consume/replay.ts';
import type { Database } from '../database.ts';
import { OrderlogError } from '../errors.ts';
import { eventView } from './eventView.ts';
import { pageToken, readPageToken } from './pageToken.ts';
import type { Implementation } from './service.ts';

/** The replay of each consumer, by its name. */
export type Replays = ReadonlyMap<string, Replay>;

const DEFAULT_PAGE_SIZE = 100;
const DEFAULT_MAX_EVENTS = 1_000;

export function parkedOps(db: Database, replays: Replays) {
  async function replay(consumer: string, request: ReplayRequest, signal: AbortSignal) {
    const replayOf = replays.get(consumer);
    if (!replayOf) throw unknownConsumer(consumer, replays);
    const { replayed, failed, firstFailure, next } = await replayOf(request, signal);
    return {
      replayed,
      failed,
      stillParked: await countParked(db, consumer, request.aggregateId),
      error: firstFailure?.error ?? '',
      failedParkedId: firstFailure?.event.parkedId ?? '',
      nextPageToken: next === undefined ? '' : pageToken([next.aggregateId, next.begun ? 'begun' : 'done']),
    };
  }

  return {
    async listParkedEvents({ consumer, aggregateId, type, parkedId, pageSize, pageToken: token }) {
      const { events, more } = await listParked(db, {
        consumer: consumer || undefined,
        aggregateId: aggregateId || undefined,
        type: type || undefined,
        parkedId: parkedId || undefined,
        after: token === '' ? undefined : placeFrom(token),
        limit: pageSize || DEFAULT_PAGE_SIZE,
      });
      const last = more ? events.at(-1) : undefined;
      return { events: events.map(parkedEventMessage), nextPageToken: last ? tokenOf(placeOf(last)) : '' };
    },

    async replayParkedEvents({ consumer, aggregateId, type, maxEvents, pageToken: token }, { signal }) {
      const request = {
        aggregateId: aggregateId || undefined,
        type: type || undefined,
        place: token === '' ? undefined : replayPlaceFrom(token),
        maxEvents: maxEvents || DEFAULT_MAX_EVENTS,
      };
      return replay(consumer, request, signal);
    },

    async discardParkedEvent({ parkedId, reason, operatorId }, { signal }) {
      const event = await discardParked(db, { parkedId: parkedId.toLowerCase(), reason, operatorId });
      const { consumer, message } = event;
      const request = { aggregateId: message.streamId, maxEvents: DEFAULT_MAX_EVENTS };
      // A consumer that is no longer there leaves rows behind, and nobody to handle what follows.
      const behind = replays.has(consumer) ? await replay(consumer, request, signal) : undefined;
      const waiting = behind?.stillParked ?? 0;
      return { event: parkedEventMessage({ ...event, ahead: 0, waiting }), replay: behind };
    },
  } satisfies Implementation<typeof OpsServiceService>;
}

function parkedEventMessage(event: QueuedEvent): ParkedEventMessage {
  const { message } = event;
  return {
    parkedId: event.parkedId,
    consumer: event.consumer,
    stream: message.stream,
    aggregateId: message.streamId,
    sequence: BigInt(message.sequence),
    eventId: message.eventId,
    type: message.type,
    error: event.error ?? '',
    attempts: event.attempts,
    parkTime: event.parkedAt,
    event: eventView(message.type, message.payload),
    waiting: event.waiting,
    ahead: event.ahead,
    headers: headersOf(event),
    payloadBytes: BigInt(message.payload.length),
  };
}

/** As in log/headers.ts. */
const headersOf = ({ message }: QueuedEvent): Record<string, string> => ({
  subject: message.subject,
  'ce-id': message.eventId,
  'ce-type': message.type,
  'ce-time': message.time.toISOString(),
  'ce-subject': message.streamId,
  'ol-version': String(message.version),
  'ol-prev': String(message.prev),
  'ol-epoch': String(message.epoch),
  ...(message.cause && { 'ol-cause': `${message.cause.stream}/${message.cause.eventId}` }),
  ...(message.request !== undefined && { 'ol-request': message.request }),
  ...(message.traceparent !== undefined && { traceparent: message.traceparent }),
});

const NAME = /^[\x21-\x7e]{0,256}$/;
const NUMBER = /^\d{1,15}$/;

const tokenOf = ({ consumer, stream, epoch, sequence }: ParkedPlace): string =>
  pageToken([consumer, stream, String(epoch), String(sequence)]);

function placeFrom(token: string): ParkedPlace {
  const [consumer = '', stream = '', epoch, sequence] = readPageToken(token, [NAME, NAME, NUMBER, NUMBER]);
  return { consumer, stream, epoch: Number(epoch), sequence: Number(sequence) };
}

function replayPlaceFrom(token: string): ReplayPlace {
  const [aggregateId = '', state] = readPageToken(token, [NAME, /^(begun|done)$/]);
  return { aggregateId, begun: state === 'begun' };
}

function unknownConsumer(consumer: string, replays: Replays): OrderlogError {
  const known = replays.size > 0 ? `it has ${[...replays.keys()].join(', ')}` : 'it has none';
  const message = `no consumer ${consumer} in this service: ${known}`;
  return new OrderlogError('NOT_FOUND', 'CONSUMER_UNKNOWN', message, {
    violations: [{ field: 'consumer', description: known }],
  });
}
