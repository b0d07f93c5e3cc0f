/** What flows, from the messages of all three streams: rates and totals by event, orders by status, the last events. */
import { shortName } from '../../../platform/events.ts';
import type { LogMessage } from '../../../platform/log/headers.ts';
import { readSaga } from '../../../platform/saga/definition.ts';
import { ORDERS } from '../../../proto/streams.ts';
import type { Flow, LiveDocument, RecentEvent } from './document.ts';
import { createOrderTally } from './orderTally.ts';
import { createRates } from './rates.ts';

const WINDOW_MS = 5_000;
const MAX_RECENT = 20;

export interface FlowTally {
  add(messages: readonly LogMessage[], nowMs: number): void;
  /** Messages were missed. */
  miss(): void;
  tell(nowMs: number): Pick<LiveDocument, 'flow' | 'recentEvents'> & {
    readonly orders: Pick<LiveDocument['orders'], 'inFlight' | 'ended'>;
  };
}

export function createFlowTally(): FlowTally {
  const { events } = readSaga('place-order');
  const rates = createRates(WINDOW_MS);
  const tally = createOrderTally();
  let recentEvents: readonly RecentEvent[] = [];
  const flow = (nowMs: number): Flow => ({
    windowSeconds: WINDOW_MS / 1_000,
    events: events.map(({ type, service, step = null, boundary = null }) => ({
      type: shortName(type),
      service,
      step,
      boundary,
      perSecond: rates.perSecond(type, nowMs),
      total: rates.total(type),
    })),
  });
  return {
    add(messages, nowMs) {
      for (const { type } of messages) rates.add(type, nowMs);
      const ofOrders = messages.filter(({ stream }) => stream === ORDERS.name);
      for (const { streamId, type } of ofOrders) tally.add(streamId, shortName(type));
      const newest = ofOrders.slice(-MAX_RECENT).reverse().map(recentEvent);
      recentEvents = [...newest, ...recentEvents].slice(0, MAX_RECENT);
    },
    miss: () => tally.forgetInFlight(),
    tell: (nowMs) => ({
      flow: flow(nowMs),
      orders: { inFlight: tally.inFlight(), ended: tally.ended() },
      recentEvents,
    }),
  };
}

const recentEvent = ({ sequence, streamId, type, version, time }: LogMessage): RecentEvent => ({
  sequence,
  orderId: streamId,
  type: shortName(type),
  version,
  time: time.toISOString(),
});
