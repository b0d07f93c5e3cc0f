/**
 * Order and Payment between them, as far as deciding goes: their deciders and policies, and the streams, which each reads at
 * its own pace. For tests of what may come first.
 */
import type { Decision } from '../platform/decider.ts';
import { NOW } from '../platform/deciderTesting.ts';
import type { AnyEvent } from '../platform/events.ts';
import type { LogMessage } from '../platform/log/headers.ts';
import type { Subscription } from '../platform/writeService/spec.ts';
import { ReviewResolution } from '../proto/gen/orderlog/payment/v1/types.ts';
import type { SagaMode } from '../proto/gen/orderlog/saga/v1/saga.ts';
import type { OrderCommand } from './order/domain/commands.ts';
import { orderDecider } from './order/domain/decide.ts';
import type { OrderEvent } from './order/domain/events.ts';
import * as ofOrder from './order/domain/samples.testing.ts';
import { initialOrder, type OrderState } from './order/domain/state.ts';
import { orderSubscriptions } from './order/subscriptions.ts';
import type { PaymentCommand } from './payment/domain/commands.ts';
import { paymentDecider } from './payment/domain/decide.ts';
import type { PaymentEvent } from './payment/domain/events.ts';
import * as ofPayment from './payment/domain/samples.testing.ts';
import { initialCase, type PaymentCase } from './payment/domain/state.ts';
import { paymentSubscriptions } from './payment/subscriptions.ts';

/** Who drives the order's own saga, and what becomes of its goods. */
export interface Setting {
  readonly mode: SagaMode;
  readonly isInStock: boolean;
}

export interface World extends Setting {
  order: OrderState;
  payment: PaymentCase;
  /** The streams. */
  readonly ORDERS: OrderEvent[];
  readonly CATALOG: AnyEvent[];
  readonly PAYMENTS: PaymentEvent[];
  /** How far each subscription has read its stream. */
  readonly read: Map<string, number>;
  /** What would have parked an event, or put off a task. */
  readonly alarms: string[];
}

export const newWorld = (setting: Setting): World => ({
  ...setting,
  order: initialOrder,
  payment: initialCase,
  ORDERS: [],
  CATALOG: [],
  PAYMENTS: [],
  read: new Map(),
  alarms: [],
});

const eventsIn = <E>(world: World, what: string, decision: Decision<E>): readonly E[] => {
  if ('events' in decision) return decision.events;
  world.alarms.push(`${what}: ${decision.refusal.reason}`);
  return [];
};

export function tellOrder(world: World, command: OrderCommand): void {
  const decision = orderDecider.decide(command, world.order, { now: NOW });
  if (command.type === 'CancelOrder' && 'refusal' in decision) return;
  for (const event of eventsIn(world, command.type, decision)) {
    world.ORDERS.push(event);
    world.order = orderDecider.evolve(world.order, event, { version: world.ORDERS.length, time: NOW });
    if (event.type === 'OrderCreated') world.CATALOG.push(reservation(world));
  }
}

function reservation({ mode, isInStock }: Setting): AnyEvent {
  const context = { ...ofOrder.context, mode };
  const { lines, total } = ofOrder.noteItemsReserved;
  if (isInStock) return { type: 'ItemsReserved', data: { context, lines, total } };
  return { type: 'ReserveFailed', data: { context, reason: 1, message: 'none left' } };
}

export function tellPayment(world: World, command: PaymentCommand): void {
  const decision = paymentDecider.decide(command, world.payment, { now: NOW });
  for (const event of eventsIn(world, command.type, decision)) {
    world.PAYMENTS.push(event);
    world.payment = paymentDecider.evolve(world.payment, event, {
      version: world.PAYMENTS.length,
      time: NOW,
    });
  }
}

export type Action = () => void;

/** The next event of each stream, for whoever has not read it yet. */
export const readers = (world: World): readonly Action[] => [
  ...orderSubscriptions.flatMap((each) => reader(world, each, (command) => tellOrder(world, command))),
  ...paymentSubscriptions.flatMap((each) => reader(world, each, (command) => tellPayment(world, command))),
];

function reader<C>(
  world: World,
  { name, stream, policies }: Subscription<C>,
  tell: (command: C) => void,
): readonly Action[] {
  const at = world.read.get(name) ?? 0;
  const event: AnyEvent | undefined = world[stream.name as 'ORDERS' | 'CATALOG' | 'PAYMENTS'][at];
  if (!event) return [];
  const next = () => {
    world.read.set(name, at + 1);
    for (const command of policies.react(event, {} as LogMessage)) tell(command);
  };
  return [next];
}

/** What the provider may answer, or an operator find out. */
export function answers(world: World): readonly Action[] {
  const { payment } = world.payment;
  const tell = (command: PaymentCommand) => () => tellPayment(world, command);
  switch (payment.status) {
    case 'started':
    case 'cancelling':
      return [ofPayment.recordCaptured, ofPayment.recordDeclined, ofPayment.recordReviewNeeded].map(tell);
    case 'refunding':
      return [tell({ ...ofPayment.recordRefunded, attempt: payment.attempt })];
    case 'needsReview':
      return [
        ReviewResolution.REVIEW_RESOLUTION_CAPTURED,
        ReviewResolution.REVIEW_RESOLUTION_NOT_CHARGED,
      ].map((resolution) => tell(ofPayment.resolveReview(resolution)));
    default:
      return [];
  }
}
