/** Ways to break a promise, each by one part replaced: the simulator must find every one of them (mutations.test.ts). */
import type { Decision } from '../platform/decider.ts';
import { accept, nothing } from '../platform/decider.ts';
import type { AnyEvent } from '../platform/events.ts';
import type { TaskHandler } from '../platform/taskWorker.ts';
import { SagaMode } from '../proto/gen/orderlog/saga/v1/saga.ts';
import type { CatalogCommand } from '../services/catalog/domain/commands.ts';
import type { CatalogState } from '../services/catalog/domain/state.ts';
import { readCall } from '../services/order/direct/tasks.ts';
import type { OrderCommand } from '../services/order/domain/commands.ts';
import type { OrderState } from '../services/order/domain/state.ts';
import type { PaymentCommand } from '../services/payment/domain/commands.ts';
import type { PaymentCase } from '../services/payment/domain/state.ts';
import { type Provider, ProviderUnknown } from '../services/payment/provider/provider.ts';
import type { AnyModel } from './batch.ts';
import type { Composition, Outside, ServiceName, ServiceParts } from './composition.ts';
import type { Violation } from './violation.ts';
import type { Wiring } from './wiring.ts';
import { dbNowMs } from './world.ts';

type Broken = readonly Violation['invariant'][];

export interface Mutation {
  /** What is broken. */
  readonly name: string;
  /** The promises that are broken with it: whatever else comes of it proves nothing. */
  readonly breaks: Broken;
  readonly apply: (composition: Composition) => Composition;
}

const rewire = (name: string, breaks: Broken, change: Partial<Wiring>): Mutation => ({
  name,
  breaks,
  apply: (composition) => ({ ...composition, wiring: { ...composition.wiring, ...change } }),
});

const inService = (
  name: string,
  breaks: Broken,
  service: ServiceName,
  change: (parts: ServiceParts) => Partial<ServiceParts>,
): Mutation => ({
  name,
  breaks,
  apply: (composition) => ({
    ...composition,
    [service]: { ...composition[service], ...change(composition[service]) },
  }),
});

type Decide<C, S> = (command: C, state: S, decided: Decision<AnyEvent>) => Decision<AnyEvent>;

/** Another decision, with the right one in hand. */
const decideOtherwise = (
  parts: ServiceParts,
  otherwise: Decide<never, never>,
): { readonly model: AnyModel } => {
  const { model } = parts;
  const decide: AnyModel['decider']['decide'] = (command, state, meta) =>
    otherwise(command as never, state as never, model.decider.decide(command, state, meta));
  return { model: { ...model, decider: { ...model.decider, decide } } };
};

/** The provider as its tasks see it, otherwise. */
const providerOtherwise = (
  parts: ServiceParts,
  otherwise: (provider: Provider, attempts: number) => Partial<Provider>,
): Partial<ServiceParts> => ({
  tasks: (outside) =>
    Object.fromEntries(
      Object.keys(parts.tasks(outside)).map((kind): [string, TaskHandler<unknown, unknown>] => [
        kind,
        (task, signal) => {
          const provider = { ...outside.provider, ...otherwise(outside.provider, task.attempts) };
          return handlerOf(parts, { ...outside, provider }, kind)(task, signal);
        },
      ]),
    ),
});

function handlerOf(parts: ServiceParts, outside: Outside, kind: string): TaskHandler<unknown, unknown> {
  const handler = parts.tasks(outside)[kind];
  if (!handler) throw new Error(`no handler for ${kind}`);
  return handler;
}

const without = (parts: ServiceParts, eventType: string): Partial<ServiceParts> => ({
  subscriptions: parts.subscriptions.map((subscription) => ({
    ...subscription,
    policies: {
      ...subscription.policies,
      react: (event, message) =>
        event.type === eventType ? [] : subscription.policies.react(event, message),
    },
  })),
});

export const mutations: readonly Mutation[] = [
  rewire('the checkpoint moves in a transaction of its own', [12], { movesCheckpointWithEffects: false }),
  rewire('requests are not remembered', [1, 15], { remembersRequests: false }),
  rewire('callers are answered before the COMMIT', [1, 15], { answersAfterCommit: false }),
  rewire('events do not wait behind a parked one', [12], { queuesBehindParked: false }),
  rewire('the relay publishes again without reading the log', [9, 'rest'], {
    fencesPublishes: false,
    afterUnknown: ({ epoch, record }, lastSequence) => ({
      phase: 'leads',
      epoch,
      record: { ...record, position: lastSequence },
    }),
  }),
  rewire('the log takes what a relay publishes that was overtaken', [9, 'rest'], { fencesPublishes: false }),
  rewire('outbox rows are deleted before the publish', [9, 'rest'], { recordsAfterPublish: false }),
  rewire('outbox rows are deleted up to the last one published', [9], {
    isPublished: (position, published) => position <= (published.at(-1) ?? 0n),
  }),
  rewire('a result counts although its task is in other hands', [12], { isHeld: () => true }),
  rewire('deadlines do not wait for watermarks', [7], {
    horizon: (world, { service }) => new Date(dbNowMs(world, service)),
  }),
  inService('a cancelled payment leaves no tombstone', [4, 6], 'payment', (parts) =>
    decideOtherwise(parts, (command: PaymentCommand, { payment }: PaymentCase, decided) =>
      command.type === 'StartCharge' && payment.status === 'voided' && !payment.amount
        ? parts.model.decider.decide(
            command,
            { payment: { status: 'none' }, isChargeUntouched: false },
            { now: new Date(0) },
          )
        : decided,
    ),
  ),
  inService('a released reservation leaves no tombstone', [2, 4, 6, 8], 'catalog', (parts) =>
    decideOtherwise(parts, (command: CatalogCommand, state: CatalogState, decided) =>
      command.type === 'ReserveItems' && state.reservation.status === 'released'
        ? parts.model.decider.decide(
            command,
            { ...state, reservation: { status: 'none' } },
            { now: new Date(0) },
          )
        : decided,
    ),
  ),
  inService('a reserve that comes twice reserves twice', [1, 6], 'catalog', (parts) =>
    decideOtherwise(parts, (command: CatalogCommand, state: CatalogState, decided) =>
      command.type === 'ReserveItems' && state.reservation.status === 'reserved'
        ? parts.model.decider.decide(
            command,
            { ...state, reservation: { status: 'none' } },
            { now: new Date(0) },
          )
        : decided,
    ),
  ),
  inService('the stock is checked line by line, not by the sum of the lines', [1], 'catalog', (parts) =>
    decideOtherwise(parts, (command: CatalogCommand, state: CatalogState, decided) => {
      if (command.type !== 'ReserveItems' || state.reservation.status !== 'none') return decided;
      const isEnough = command.lines.every(({ sku, quantity }) => {
        const item = state.items.get(sku);
        return item && item.onHand - item.reserved >= BigInt(quantity);
      });
      if (!isEnough) return decided;
      const plenty = new Map([...state.items].map(([sku, item]) => [sku, { ...item, onHand: 1_000n }]));
      return parts.model.decider.decide(command, { ...state, items: plenty }, { now: new Date(0) });
    }),
  ),
  inService('goods are released as soon as a cancellation is asked for', [4, 'rest'], 'catalog', (parts) => ({
    subscriptions: parts.subscriptions.map((subscription) => ({
      ...subscription,
      policies: {
        codec: {
          ...subscription.policies.codec,
          decode: (type: string, bytes: Uint8Array) =>
            subscription.policies.codec.decode(
              type.replace('OrderCancellationRequested', 'OrderCancelled'),
              bytes,
            ),
        },
        react: subscription.policies.react,
      },
    })),
  })),
  inService("the provider's key is another one at each call", [3, 4], 'payment', (parts) =>
    providerOtherwise(parts, (provider, attempts) => ({
      charge: (wish, signal) => provider.charge({ ...wish, key: `${wish.key}/${attempts}` }, signal),
    })),
  ),
  inService('a refund has another key at each call, and none is looked up', ['rest'], 'payment', (parts) =>
    providerOtherwise(parts, (provider, attempts) => ({
      refund: (wish, signal) => provider.refund({ ...wish, key: `${wish.key}/${attempts}` }, signal),
      async lookup(key, signal) {
        const answer = await provider.lookup(key, signal);
        return answer.kind === 'captured' ? { kind: answer.kind, reference: answer.reference } : answer;
      },
    })),
  ),
  inService('a charge without an answer is taken for a decline', [4], 'payment', (parts) =>
    providerOtherwise(parts, (provider) => ({
      async charge(wish, signal) {
        try {
          return await provider.charge(wish, signal);
        } catch (error) {
          if (!(error instanceof ProviderUnknown)) throw error;
          return { kind: 'declined', code: 'timeout', message: 'no answer in time' };
        }
      },
    })),
  ),
  inService('a charge is repeated after the provider forgot its key', [3, 4], 'payment', (parts) => ({
    tasks: (outside) =>
      Object.fromEntries(
        Object.entries(parts.tasks(outside)).map(
          ([kind, handler]): [string, TaskHandler<unknown, unknown>] => [
            kind,
            (task, signal) => handler({ ...task, ageMs: 0 }, signal),
          ],
        ),
      ),
  })),
  inService('a charge that was begun is voided at once', [4, 'rest'], 'payment', (parts) =>
    decideOtherwise(parts, (command: PaymentCommand, state: PaymentCase, decided) =>
      command.type === 'CancelPayment'
        ? parts.model.decider.decide(command, { ...state, isChargeUntouched: true }, { now: new Date(0) })
        : decided,
    ),
  ),
  inService('a refused refund is not tried again', [4, 6, 7], 'payment', (parts) =>
    decideOtherwise(parts, (command: PaymentCommand, _: PaymentCase, decided) =>
      command.type === 'RecordRefundRefused' && 'events' in decided
        ? accept(...decided.events.filter(({ type }) => type !== 'PaymentRefundStarted'))
        : decided,
    ),
  ),
  inService('nobody asks Payment to give the money back', [4, 7], 'payment', (parts) =>
    without(parts, 'OrderCancellationRequested'),
  ),
  inService('Order does not hear of refunds', [3, 7], 'order', (parts) => without(parts, 'PaymentRefunded')),
  inService('sold goods are not put back after a refund', [4], 'catalog', (parts) =>
    without(parts, 'OrderRefunded'),
  ),
  inService('Order does not hear of what is charged for it by rpc', [4, 7], 'order', (parts) =>
    decideOtherwise(parts, (command: OrderCommand, state: OrderState, decided) =>
      'mode' in command && 'context' in state && command.mode !== state.context.mode ? nothing : decided,
    ),
  ),
  inService('what an order holds is released for whoever asks by rpc', [4, 'rest'], 'catalog', (parts) =>
    decideOtherwise(parts, (command: CatalogCommand, { reservation, items }: CatalogState, decided) =>
      command.type === 'ReleaseReservation' && 'context' in reservation
        ? parts.model.decider.decide(
            { ...command, context: reservation.context },
            { reservation, items },
            { now: new Date(0) },
          )
        : decided,
    ),
  ),
  inService('an orchestrator does not ask for held goods back', [4], 'order', (parts) =>
    decideOtherwise(parts, (_: OrderCommand, __: OrderState, decided) =>
      'events' in decided
        ? accept(...decided.events.filter(({ type }) => type !== 'ReleaseRequested'))
        : decided,
    ),
  ),
  inService('the calls of a direct saga are not written down', [7], 'order', (parts) => ({
    model: { ...parts.model, tasksOf: () => [] },
  })),
  inService('a direct charge without an answer is taken for a decline', [4], 'order', (parts) => ({
    tasks: (outside) => {
      const handlers = parts.tasks(outside);
      const guess: TaskHandler<unknown, unknown> = async (task, signal) => {
        const result = await handlerOf(parts, outside, 'ChargeRequested')(task, signal);
        if ('command' in result) return result;
        const { orderId, cause } = readCall('ChargeRequested', task);
        const mode = SagaMode.SAGA_MODE_DIRECT;
        return { command: { type: 'NotePaymentFailed', orderId, mode, message: 'no answer in time' }, cause };
      };
      return { ...handlers, ChargeRequested: guess };
    },
  })),
];
