/** OpsService's rpcs about parked events. */
import type {
  OpsServiceService,
  ParkedEvent as ParkedEventMessage,
} from '../../proto/gen/orderlog/ops/v1/ops_service.ts';
import { assertOwnSignature } from '../access/signature.ts';
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
import { type ListScope, pageToken, readPageToken } from './pageToken.ts';
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
      nextPageToken: next === undefined ? '' : replayToken(replayScope(consumer, request), next),
    };
  }

  return {
    async listParkedEvents({ consumer, aggregateId, type, parkedId, pageSize, pageToken: token }) {
      const scope = ['parked', consumer, aggregateId, type, parkedId];
      const { events, more } = await listParked(db, {
        consumer: consumer || undefined,
        aggregateId: aggregateId || undefined,
        type: type || undefined,
        parkedId: parkedId || undefined,
        after: token === '' ? undefined : placeFrom(scope, token),
        limit: pageSize || DEFAULT_PAGE_SIZE,
      });
      const last = more ? events.at(-1) : undefined;
      const nextPageToken = last ? tokenOf(scope, placeOf(last)) : '';
      return { events: events.map(parkedEventMessage), nextPageToken };
    },

    async replayParkedEvents({ consumer, aggregateId, type, maxEvents, pageToken: token }, { signal }) {
      const selection = { aggregateId: aggregateId || undefined, type: type || undefined };
      const scope = replayScope(consumer, selection);
      const place = token === '' ? undefined : replayPlaceFrom(scope, token);
      return replay(consumer, { ...selection, place, maxEvents: maxEvents || DEFAULT_MAX_EVENTS }, signal);
    },

    async discardParkedEvent({ parkedId, reason, operatorId }, call) {
      assertOwnSignature(operatorId, call);
      const event = await discardParked(db, { parkedId, reason, operatorId });
      const { consumer, message } = event;
      const request = { aggregateId: message.streamId, maxEvents: DEFAULT_MAX_EVENTS };
      // A consumer that is no longer there leaves rows behind, and nobody to handle what follows.
      const behind = replays.has(consumer) ? await replay(consumer, request, call.signal) : undefined;
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
    event: eventView(message.type, message.payload, 'operator'),
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

const tokenOf = (scope: ListScope, { consumer, stream, epoch, sequence }: ParkedPlace): string =>
  pageToken(scope, [consumer, stream, String(epoch), String(sequence)]);

function placeFrom(scope: ListScope, token: string): ParkedPlace {
  const [consumer = '', stream = '', epoch, sequence] = readPageToken(scope, token);
  return { consumer, stream, epoch: Number(epoch), sequence: Number(sequence) };
}

/** A replay that a discard began is gone on with as any other. */
const replayScope = (
  consumer: string,
  { aggregateId = '', type = '' }: Pick<ReplayRequest, 'aggregateId' | 'type'>,
): ListScope => ['replay', consumer, aggregateId, type];

const replayToken = (scope: ListScope, { aggregateId, begun }: ReplayPlace): string =>
  pageToken(scope, [aggregateId, begun ? 'begun' : 'done']);

function replayPlaceFrom(scope: ListScope, token: string): ReplayPlace {
  const [aggregateId = '', state] = readPageToken(scope, token);
  return { aggregateId, begun: state === 'begun' };
}

function unknownConsumer(consumer: string, replays: Replays): OrderlogError {
  const known = replays.size > 0 ? `it has ${[...replays.keys()].join(', ')}` : 'it has none';
  const message = `no consumer ${consumer} in this service: ${known}`;
  return new OrderlogError('NOT_FOUND', 'CONSUMER_UNKNOWN', message, {
    violations: [{ field: 'consumer', description: known }],
  });
}
