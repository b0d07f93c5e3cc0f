/** Where an order stands at a moment: its own history and what is known of the others', read by the saga's definition. */
import type { StoredEvent } from '../../../platform/events.ts';
import { historyView } from '../../../platform/grpc/eventView.ts';
import { type Ahead, aheadOf } from '../../../platform/saga/ahead.ts';
import type { SagaDefinition } from '../../../platform/saga/definition.ts';
import type { Mode } from '../../../platform/saga/event.ts';
import { mergePast, type PastEvent, withInferred } from '../../../platform/saga/past.ts';
import { type Progress, progressOf } from '../../../platform/saga/progress.ts';
import { type SagaWait, waitsOf } from '../../../platform/saga/waits.ts';
import type { HistoryEvent } from '../../../proto/gen/orderlog/order/v1/order_service.ts';
import { SagaMode } from '../../../proto/gen/orderlog/saga/v1/saga.ts';
import { CATALOG, ORDERS, PAYMENTS } from '../../../proto/streams.ts';
import { foldHistory } from '../domain/history.ts';
import type { PlacedOrder } from '../domain/state.ts';
import { noSuchMoment } from '../past.ts';

/** Another service's events about the order, oldest first; or why they are not to be had. */
export interface OtherHistory {
  readonly service: string;
  readonly events: readonly HistoryEvent[];
  readonly failure?: string;
}

export interface Histories {
  readonly definition: SagaDefinition;
  /** The order's own, up to the moment. */
  readonly own: readonly StoredEvent[];
  readonly others: readonly OtherHistory[];
  /** The moment is now, and not in the past. */
  readonly isNow: boolean;
  readonly time: Date;
}

export interface Standing extends Histories {
  readonly order: PlacedOrder;
  /** Full name of the first of its events that this version cannot read. */
  readonly unreadable: string | undefined;
  readonly progress: Progress;
  readonly waits: readonly SagaWait[];
  readonly ahead: readonly Ahead[];
  /** By event id, as far as they are known. */
  readonly views: ReadonlyMap<string, HistoryEvent>;
}

const streams = [ORDERS, CATALOG, PAYMENTS];
const serviceOfPackage = (protoPackage: string): string => protoPackage.split('.').at(-2) ?? '';

/** `CATALOG` -> `catalog`. */
export const serviceOfStream = (name: string): string | undefined => {
  const stream = streams.find((each) => each.name === name);
  return stream && serviceOfPackage(stream.protoPackage);
};

export const streamOfService = (service: string): string | undefined =>
  streams.find(({ protoPackage }) => serviceOfPackage(protoPackage) === service)?.name;

const modes: Readonly<Partial<Record<SagaMode, Mode>>> = {
  [SagaMode.SAGA_MODE_ORCHESTRATION]: 'ORCHESTRATION',
  [SagaMode.SAGA_MODE_DIRECT]: 'DIRECT',
};

/** Throws NOT_FOUND if the order was not there yet. */
export function standingOf(histories: Histories): Standing {
  const { definition, own, others } = histories;
  const state = foldHistory(own);
  const order = state.status === 'unreadable' ? state.order : state;
  if (order.status === 'none') throw noSuchMoment();
  const ownViews = own.map(historyView);
  const ownPast = ownViews.map((event) => toPast(progressOwner, event));
  const seen = others.map((other) => ({ ...other, events: until(histories, other.events) }));
  const silent = seen.flatMap(({ service, failure }) => (failure === undefined ? [] : [service]));
  const past = mergePast([
    withInferred(definition, ownPast, silent),
    ...seen.map(({ service, events }) => events.map((event) => toPast(service, event))),
  ]);
  const progress = progressOf(definition, modes[order.context.mode] ?? 'CHOREOGRAPHY', past);
  const waits = waitsOf(progress);
  return {
    ...histories,
    order,
    unreadable: state.status === 'unreadable' ? state.eventType : undefined,
    progress,
    waits,
    ahead: aheadOf(progress, waits),
    views: new Map(
      [...ownViews, ...seen.flatMap(({ events }) => events)].map((view) => [view.eventId, view]),
    ),
  };
}

const progressOwner = serviceOfPackage(ORDERS.protoPackage);

const toPast = (service: string, { eventId, type, createTime, cause }: HistoryEvent): PastEvent => ({
  eventId,
  type,
  service,
  time: createTime,
  causeId: cause?.eventId,
  causeService: cause && serviceOfStream(cause.stream),
});

/** What had happened by then: by the clock of its service, or because it brought about what had. */
function until({ isNow, own, time }: Histories, events: readonly HistoryEvent[]): readonly HistoryEvent[] {
  if (isNow) return events;
  const causes = new Set(own.map(({ cause }) => cause?.eventId));
  const last = events.findLastIndex(
    ({ eventId, createTime }) => causes.has(eventId) || (createTime !== undefined && createTime <= time),
  );
  return events.slice(0, last + 1);
}
