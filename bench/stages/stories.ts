/**
 * Orders as they stand in the log: four events from OrderCreated to OrderCompleted, two lines each, in the order in which a
 * busy system writes them, some orders being under way at once. Made up, with the ids, sizes and headers of real ones.
 */
import { randomUUID } from 'node:crypto';
import type { StoredEvent } from '../../platform/events.ts';
import { eventIdOf, partitionOf } from '../../platform/ids.ts';
import { type Keyring, seal } from '../../platform/sealing.ts';
import type { PricedLine } from '../../proto/gen/orderlog/order/v1/types.ts';
import { SagaMode } from '../../proto/gen/orderlog/saga/v1/saga.ts';
import { type OrderEvent, orderEvents } from '../../services/order/domain/events.ts';

export const EVENTS_AN_ORDER = 4;
/** So many orders are under way at once. */
const UNDER_WAY = 100;
const ITEMS = 100;
export const CUSTOMERS = 1_000;
const DEADLINE_MS = 900_000;
const TOKEN_KEYS: Keyring = { current: 'k1', keys: new Map([['k1', Buffer.alloc(32, 7)]]) };

export const SKUS: readonly string[] = Array.from({ length: ITEMS }, (_, n) => `BENCH-${n}`);
export const skuOf = (n: number): string => SKUS[n % ITEMS] ?? '';
export const customerOf = (n: number): string => `customer-${n % CUSTOMERS}`;

/** The n-th order's lines. */
export const linesOf = (n: number) => [
  { sku: skuOf(n), quantity: 1 + (n % 3) },
  { sku: skuOf(n + 7), quantity: 1 },
];

const euro = (units: bigint) => ({ currencyCode: 'EUR', units, nanos: 500_000_000 });

const priced = (n: number): PricedLine[] =>
  linesOf(n).map((line) => ({
    ...line,
    name: `Item ${line.sku}`,
    unitPrice: euro(9n),
    lineTotal: euro(9n * BigInt(line.quantity)),
  }));

/** At least so many events, of whole orders that nobody had before. */
export function* stories(atLeast: number): Generator<StoredEvent> {
  for (let [made, n] = [0, 0]; made < atLeast; ) {
    const orders = Array.from({ length: UNDER_WAY }, () => story(n++));
    for (let version = 1; version <= EVENTS_AN_ORDER; version++) {
      for (const events of orders) {
        const event = events[version - 1];
        if (event) yield event;
      }
    }
    made += UNDER_WAY * EVENTS_AN_ORDER;
  }
}

/** How many of the first so many events of such orders are of that version. */
export function countOfVersion(version: number, events: number): number {
  const all = UNDER_WAY * EVENTS_AN_ORDER;
  const begun = (events % all) - (version - 1) * UNDER_WAY;
  return Math.floor(events / all) * UNDER_WAY + Math.min(UNDER_WAY, Math.max(0, begun));
}

/** The n-th order's events, oldest first. */
function story(n: number): readonly StoredEvent[] {
  const orderId = randomUUID();
  const time = new Date();
  const context = {
    orderId,
    customerId: customerOf(n),
    mode: SagaMode.SAGA_MODE_CHOREOGRAPHY,
    sealedPaymentToken: seal(TOKEN_KEYS, 'tok_ok', orderId),
    expectedTotal: undefined,
    deadline: new Date(time.getTime() + DEADLINE_MS),
  };
  const total = euro(30n);
  const events: OrderEvent[] = [
    { type: 'OrderCreated', data: { context, lines: linesOf(n) } },
    { type: 'OrderItemsReserved', data: { context, lines: priced(n), total } },
    { type: 'OrderPaid', data: { context, paymentId: randomUUID(), amount: total } },
    { type: 'OrderCompleted', data: { context, total } },
  ];
  const partition = partitionOf(orderId);
  return events.map((event, index) => ({
    streamId: orderId,
    version: index + 1,
    eventId: eventIdOf('order', orderId, index + 1),
    type: orderEvents.fullName(event.type),
    partition,
    time,
    cause: index === 0 ? undefined : { stream: 'CATALOG', eventId: randomUUID() },
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    payload: orderEvents.encode(event),
  }));
}

/** In groups of at most `size`. */
export function* groups<T>(all: Iterable<T>, size: number): Generator<readonly T[]> {
  let group: T[] = [];
  for (const each of all) {
    group.push(each);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}
