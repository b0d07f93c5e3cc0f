/** One order as all three services tell it: its own events, its reservation's and its payment's, read and followed. Pure. */
import { type AnyEvent, type EventCodec, type StoredEvent, shortName } from '../../platform/events.ts';
import { derivedId } from '../../platform/ids.ts';
import type { SagaMode } from '../../proto/gen/orderlog/saga/v1/saga.ts';
import {
  type OrderEvent,
  orderEvents,
  type PaymentEvent,
  paymentEvents,
  type ReservationEvent,
  reservationEvents,
} from './events.ts';
import {
  follow,
  ORCHESTRATION,
  type OrderStatus,
  orderLife,
  type PaymentStatus,
  paymentLife,
  type ReservationStatus,
  reservationLife,
} from './lifecycle.ts';

/** What the three event stores hold of one order, each in version order; empty where there is nothing. */
export interface OrderHistory {
  readonly orderId: string;
  readonly order: readonly StoredEvent[];
  readonly reservation: readonly StoredEvent[];
  readonly payment: readonly StoredEvent[];
  /** The calls of a direct saga that are still to be made (openCalls.ts); unset: nobody has looked. */
  readonly openCalls?: readonly string[] | undefined;
}

/** An event, stored and read. */
export type Recorded<E> = E & { readonly stored: StoredEvent };

/** One aggregate of the order. */
export interface Chapter<E, S> {
  readonly service: 'order' | 'catalog' | 'payment';
  /** The JetStream stream. */
  readonly stream: 'ORDERS' | 'CATALOG' | 'PAYMENTS';
  /** The aggregate's id. */
  readonly streamId: string;
  readonly stored: readonly StoredEvent[];
  /** Those that can be read. */
  readonly events: readonly Recorded<E>[];
  /** What cannot be read here: of a type that this version does not know (`malformed` false), or no such message at all. */
  readonly unread: readonly { readonly stored: StoredEvent; readonly malformed: boolean }[];
  readonly status: S;
  /** The first event that may not follow the status before it. */
  readonly illegal: { readonly event: Recorded<E>; readonly before: S } | undefined;
}

export interface Story extends Pick<OrderHistory, 'orderId' | 'openCalls'> {
  readonly order: Chapter<OrderEvent, OrderStatus>;
  readonly reservation: Chapter<ReservationEvent, ReservationStatus>;
  readonly payment: Chapter<PaymentEvent, PaymentStatus>;
}

export const reservationStreamOf = (orderId: string): string => `reservation/${orderId}`;
export const paymentIdOf = (orderId: string): string => derivedId(`payment/${orderId}`);

export function storyOf({ orderId, order, reservation, payment, openCalls }: OrderHistory): Story {
  return {
    orderId,
    openCalls,
    order: chapter(
      { service: 'order', stream: 'ORDERS', streamId: orderId, stored: order },
      orderEvents,
      (types) => follow(orderLife, 'none', types),
      (type) => !ORCHESTRATION.has(type),
    ),
    reservation: chapter(
      { service: 'catalog', stream: 'CATALOG', streamId: reservationStreamOf(orderId), stored: reservation },
      reservationEvents,
      (types) => follow(reservationLife, 'none', types),
    ),
    payment: chapter(
      { service: 'payment', stream: 'PAYMENTS', streamId: paymentIdOf(orderId), stored: payment },
      paymentEvents,
      (types) => follow(paymentLife, 'none', types),
    ),
  };
}

type Head = Pick<Chapter<never, never>, 'service' | 'stream' | 'streamId' | 'stored'>;
type Followed<S> = { readonly status: S; readonly illegal: number | undefined; readonly before: S };

function chapter<E extends AnyEvent, S>(
  head: Head,
  codec: EventCodec<E>,
  followTypes: (types: readonly string[]) => Followed<S>,
  counts: (type: string) => boolean = () => true,
): Chapter<E, S> {
  const events: Recorded<E>[] = [];
  const unread: { stored: StoredEvent; malformed: boolean }[] = [];
  for (const stored of head.stored) {
    const event = read(codec, stored);
    if (event === 'malformed' || event === undefined) unread.push({ stored, malformed: event !== undefined });
    else events.push({ ...event, stored });
  }
  const moves = events.filter(({ type }) => counts(type));
  const { status, illegal, before } = followTypes(moves.map(({ type }) => type));
  const event = illegal === undefined ? undefined : moves[illegal];
  return { ...head, events, unread, status, illegal: event && { event, before } };
}

function read<E extends AnyEvent>(codec: EventCodec<E>, { type, payload }: StoredEvent) {
  try {
    return codec.decode(type, payload);
  } catch {
    return 'malformed';
  }
}

/** The chapters of a story, for what is asked of each alike. */
export const chaptersOf = ({ order, reservation, payment }: Story) => [order, reservation, payment] as const;

/** The events of one type. */
export const only = <E extends AnyEvent, T extends E['type']>(
  { events }: { readonly events: readonly Recorded<E>[] },
  type: T,
): readonly Recorded<Extract<E, { type: T }>>[] =>
  events.filter((event): event is Recorded<Extract<E, { type: T }>> => event.type === type);

interface Driven {
  readonly data: { readonly context?: { readonly mode: SagaMode } | undefined };
}

/** Who drives the saga that made an aggregate; undefined: there is none. */
export const modeOf = ({ events }: { readonly events: readonly Driven[] }): SagaMode | undefined =>
  events[0]?.data.context?.mode;

/** When the last of all events was gathered; 0: there are none. */
export const lastTimeMs = (story: Story): number =>
  Math.max(0, ...chaptersOf(story).flatMap(({ stored }) => stored.map(({ time }) => time.getTime())));

/** `v3 OrderPaid`, as evidence. */
export const named = ({ version, type }: StoredEvent): string => `v${version} ${shortName(type)}`;

/** Where the three stand, as evidence. */
export const standing = ({ order, reservation, payment }: Story) => ({
  'order.version': order.stored.length,
  'order.status': order.status,
  'reservation.status': reservation.status,
  'payment.status': payment.status,
});
