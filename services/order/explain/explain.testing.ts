/** Orders to explain, from short stories: for tests. */
import assert from 'node:assert/strict';
import type { StoredEvent } from '../../../platform/events.ts';
import { readSaga } from '../../../platform/saga/definition.ts';
import { GetRelayStatusResponse } from '../../../proto/gen/orderlog/ops/v1/ops_service.ts';
import { HistoryEvent } from '../../../proto/gen/orderlog/order/v1/order_service.ts';
import type { SagaMode } from '../../../proto/gen/orderlog/saga/v1/saga.ts';
import { type OrderEvent, orderEvents } from '../domain/events.ts';
import { context, ORDER_ID } from '../domain/samples.testing.ts';
import { explain } from './explain.ts';
import type { Look, ServiceLook } from './look.ts';
import { type Standing, standingOf } from './standing.ts';

export const saga = readSaga('place-order');
export const START = new Date('2026-01-02T03:04:05.000Z');
export const at = (seconds: number): Date => new Date(START.getTime() + seconds * 1_000);

/** Something that happened, so many seconds after the start. */
export interface Happened {
  readonly second: number;
  /** An event of the order, or the short name of another service's. */
  readonly event: OrderEvent | string;
  /** The short name of the other service's event that brought it about. */
  readonly cause?: string;
}

const fullName = (name: string): string => {
  const found = saga.events.find(({ type }) => type.endsWith(`.${name}`));
  assert.ok(found, `no event ${name}`);
  return found.type;
};
const serviceOf = (name: string) => saga.events.find(({ type }) => type === fullName(name))?.service;
const streams: Readonly<Record<string, string>> = {
  catalog: 'CATALOG',
  payment: 'PAYMENTS',
  order: 'ORDERS',
};
const causeOf = (name: string | undefined) =>
  name === undefined ? undefined : { stream: streams[serviceOf(name) ?? ''] ?? '', eventId: `id of ${name}` };

export interface Story {
  readonly happened: readonly Happened[];
  /** Seconds after the start; what happened later is not there yet. */
  readonly now: number;
  readonly isNow?: boolean;
  /** Services that do not answer. */
  readonly silent?: readonly string[];
  readonly mode?: SagaMode;
}

export function standingIn({
  happened,
  now,
  isNow = true,
  silent = [],
  mode = context.mode,
}: Story): Standing {
  const own: StoredEvent[] = [];
  const others = new Map<string, HistoryEvent[]>([
    ['catalog', []],
    ['payment', []],
  ]);
  for (const { second, event, cause } of happened.filter((each) => each.second <= now)) {
    if (typeof event === 'string') {
      const history = others.get(serviceOf(event) ?? '');
      history?.push(
        HistoryEvent.fromPartial({
          eventId: `id of ${event}`,
          type: fullName(event),
          version: history.length + 1,
          createTime: at(second),
          cause: causeOf(cause),
        }),
      );
    } else {
      const data = { ...event.data, context: { ...context, mode } };
      own.push({
        streamId: ORDER_ID,
        version: own.length + 1,
        eventId: `id of ${event.type}`,
        type: orderEvents.fullName(event.type),
        partition: 0,
        time: at(second),
        cause: causeOf(cause),
        traceparent: undefined,
        payload: orderEvents.encode({ ...event, data } as OrderEvent),
      });
    }
  }
  const failure = 'nobody answers';
  return standingOf({
    definition: saga,
    own,
    others: [...others].map(([service, events]) =>
      silent.includes(service) ? { service, events: [], failure } : { service, events },
    ),
    isNow,
    time: at(now),
  });
}

export const explained = (story: Story, look: Look | undefined = undefined) =>
  explain(standingIn(story), look);

/** A service with which all is well. */
export const well: ServiceLook = {
  health: { answer: { serves: true, missing: [] } },
  relay: { answer: GetRelayStatusResponse.fromPartial({}) },
  consumers: { answer: [] },
  parked: { answer: [] },
};

export function lookOf(
  seen: Readonly<Record<string, Partial<ServiceLook>>> = {},
  more: Partial<Omit<Look, 'services'>> = {},
): Look {
  const services = ['order', 'catalog', 'payment'].map((name) => [name, { ...well, ...seen[name] }] as const);
  return {
    services: new Map(services),
    timers: { answer: { horizon: undefined, waitingFor: '' } },
    call: undefined,
    openCalls: { answer: [] },
    ...more,
  };
}
