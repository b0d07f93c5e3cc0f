/**
 * What an overview has to ask for: each question again and again, at its own pace, one at a time and within a bound, of one part
 * alone, so that one that hangs keeps no other's answer back. A question that fails is answered as such, and asked again.
 */

import { managerOf, readStream } from '../../../platform/consume/logPlace.ts';
import { shortName } from '../../../platform/events.ts';
import type { GrpcClient } from '../../../platform/grpc/client.ts';
import type { LogConnection } from '../../../platform/log/connection.ts';
import { pause } from '../../../platform/wait.ts';
import {
  ListParkedEventsRequest,
  type OpsServiceService,
  type ParkedEvent,
} from '../../../proto/gen/orderlog/ops/v1/ops_service.ts';
import { orderStatusToJSON } from '../../../proto/gen/orderlog/order/v1/types.ts';
import { SearchOrdersRequest } from '../../../proto/gen/orderlog/query/v1/query_service.ts';
import { ORDERS } from '../../../proto/streams.ts';
import type { ReadModelLag } from '../../metrics/readModelLag.ts';
import type { QueryCall } from '../../queries/freshness.ts';
import type { OrderQueries } from '../../queries/orderQueries.ts';
import type { OrderReadModel } from '../../queries/orderReadModel.ts';
import { unless } from '../unless.ts';
import type { Lag, LiveDocument, Parked } from './document.ts';

const TIMEOUT_MS = 2_000;

/** A question that is asked again and again. */
export interface Look<T> {
  /** The last answer; undefined: there is none yet, or nothing stands for one that did not come. */
  answer(): T | undefined;
  /** Resolves when it was asked once. */
  readonly looked: Promise<void>;
  /** Resolves after the signal, when it is asked no more. */
  readonly ended: Promise<void>;
}

/** Asks until the signal. `unanswered`: what stands for an answer that did not come, or not in time. */
export function lookAgain<T>(
  everyMs: number,
  ask: (bound: AbortSignal) => Promise<T>,
  signal: AbortSignal,
  unanswered?: T,
): Look<T> {
  const { promise: looked, resolve } = Promise.withResolvers<void>();
  let answer: T | undefined;
  const keepLooking = async () => {
    while (!signal.aborted) {
      const bound = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
      answer = await unless(bound, ask(bound)).catch(() => unanswered);
      resolve();
      await pause(everyMs, signal);
    }
  };
  return { answer: () => answer, looked, ended: keepLooking() };
}

/** On nobody's behalf. */
const callWithin = (signal: AbortSignal): QueryCall => ({
  deadline: new Date(Date.now() + TIMEOUT_MS),
  signal,
  traceparent: '',
  owner: undefined,
  bearer: undefined,
});

/** null: reads come from the aggregates, which nobody counts. */
export async function countOrders(
  queries: Pick<OrderQueries, 'searchOrders'>,
  signal: AbortSignal,
): Promise<LiveDocument['orders']['readModel']> {
  const request = SearchOrdersRequest.fromPartial({ pageSize: 1 });
  const { totalSize, statusCounts } = await queries.searchOrders(request, callWithin(signal));
  if (totalSize < 0n) return null;
  const counts = statusCounts.map(({ status, count }) => ({
    status: orderStatusToJSON(status),
    count: Number(count),
  }));
  return { time: new Date().toISOString(), total: Number(totalSize), counts };
}

/** How far the read model is behind the log. Throws if one of them cannot be asked. */
export async function lagOf(
  model: Pick<OrderReadModel, 'progress'>,
  connecting: Promise<LogConnection>,
  measured: (() => Promise<ReadModelLag>) | undefined,
  signal: AbortSignal,
): Promise<Lag> {
  const quantiles = await measured?.();
  const manager = await managerOf(await connecting, TIMEOUT_MS);
  const readModelSequence = await model.progress({ timeoutMs: TIMEOUT_MS, signal });
  const { firstSequence, lastSequence } = await readStream(manager, ORDERS.name);
  const nextSequence = Math.max(readModelSequence + 1, firstSequence);
  const events = Math.max(0, lastSequence - nextSequence + 1);
  const place = {
    logSequence: lastSequence,
    readModelSequence,
    p50Milliseconds: quantiles?.p50Ms ?? null,
    p99Milliseconds: quantiles?.p99Ms ?? null,
  };
  if (events === 0) return { events, milliseconds: 0, ...place };
  const next = await manager.streams.getMessage(ORDERS.name, { seq: nextSequence });
  const happenedAt = Date.parse(next?.header.get('ce-time') ?? '') || Date.now();
  return { events, milliseconds: Math.max(0, Date.now() - happenedAt), ...place };
}

export type ParkedClient = Pick<GrpcClient<typeof OpsServiceService>, 'listParkedEvents'>;

export interface ParkedLook {
  readonly parked: Parked;
  readonly errors: LiveDocument['errors'];
}

const PAGE_SIZE = 100;

/** Throws if the service cannot be asked. */
export async function lookForParked(
  service: string,
  client: ParkedClient,
  signal: AbortSignal,
): Promise<ParkedLook> {
  const request = ListParkedEventsRequest.fromPartial({ pageSize: PAGE_SIZE });
  const { events, nextPageToken } = await client.listParkedEvents(request, { parent: callWithin(signal) });
  const isMore = nextPageToken !== '';
  const failed = events.filter(({ error }) => error !== '');
  return {
    parked: { service, count: events.length, isMore },
    errors: failed.map((event) => why(service, event)),
  };
}

/** Who cannot be asked has no count. */
export const parkedUnknown = (service: string): ParkedLook => ({
  parked: { service, count: null, isMore: false },
  errors: [],
});

const why = (part: string, { consumer, type, aggregateId, error, parkTime }: ParkedEvent) => ({
  time: (parkTime ?? new Date(0)).toISOString(),
  part,
  message: `${consumer} parked ${shortName(type)} of ${aggregateId}: ${error}`,
});
