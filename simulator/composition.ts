/**
 * What is simulated: the services' own models, subscriptions, tasks, timers and rpc handlers, joined as their main.ts does,
 * and the rules of the platform's loops that talk to servers and so have a double in actors/. A mutation (mutations.test.ts)
 * is a function from a composition to one that breaks a promise.
 */
import type { AnyEvent } from '../platform/events.ts';
import type { OfferedService } from '../platform/grpc/service.ts';
import type { Keyring } from '../platform/sealing.ts';
import type { TaskHandler } from '../platform/taskWorker.ts';
import type { TimerCommand } from '../platform/timers/timerWorker.ts';
import type { WriteModel } from '../platform/writeModel.ts';
import type {
  ServiceParts as HandlerParts,
  StreamName,
  Subscription,
} from '../platform/writeService/spec.ts';
import { SagaMode } from '../proto/gen/orderlog/saga/v1/saga.ts';
import { CATALOG, ORDERS, PAYMENTS } from '../proto/streams.ts';
import { catalogService } from '../services/catalog/grpc.ts';
import { catalogModel } from '../services/catalog/model.ts';
import { catalogSubscriptions } from '../services/catalog/subscriptions.ts';
import { timerCommands } from '../services/order/deadline.ts';
import { directCalls } from '../services/order/direct/calls.ts';
import { type Ends, firstEnd } from '../services/order/direct/ends.ts';
import type { Remotes } from '../services/order/direct/remote.ts';
import { orderService } from '../services/order/grpc.ts';
import { orderModel } from '../services/order/model.ts';
import { orderSubscriptions } from '../services/order/subscriptions.ts';
import { type ChargeOutcomes, chargeGoesOn } from '../services/payment/chargeRpc.ts';
import { chargeTask } from '../services/payment/chargeTask.ts';
import { paymentIdOf } from '../services/payment/domain/commands.ts';
import { isKnown, type PaymentState } from '../services/payment/domain/state.ts';
import { paymentService } from '../services/payment/grpc.ts';
import { paymentModel } from '../services/payment/model.ts';
import type { Provider } from '../services/payment/provider/provider.ts';
import { refundTask } from '../services/payment/refundTask.ts';
import { paymentSubscriptions } from '../services/payment/subscriptions.ts';
import { CHARGE_TASK, REFUND_TASK } from '../services/payment/tasks.ts';
import { chargeOutcome } from '../services/payment/view.ts';
import type { AnyModel } from './batch.ts';
import type { Store } from './store.ts';
import { memoryTable } from './tables.ts';
import { type Wiring, wiring } from './wiring.ts';

export type ServiceName = 'order' | 'catalog' | 'payment';
export type AnyHandlerParts = HandlerParts<unknown, unknown>;

/** Whom a replica's tasks may call. */
export interface Outside {
  readonly provider: Provider;
  readonly remotes: Remotes;
}

/** Waits until something is in the service's store, of an aggregate; throws `tooLong`, if given, after some time. */
export type WaitFor = <T>(
  streamId: string,
  find: (store: Store) => T | undefined,
  tooLong?: () => Error,
) => Promise<T>;

export interface Surroundings {
  readonly deadlineMs: number;
  readonly waitFor: WaitFor;
}

export interface ServiceParts {
  readonly model: AnyModel;
  readonly stream: StreamName;
  readonly isSource: boolean;
  readonly subscriptions: readonly Subscription<unknown>[];
  readonly timers: Readonly<Record<string, TimerCommand<unknown>>>;
  readonly tasks: (outside: Outside) => Readonly<Record<string, TaskHandler<unknown, unknown>>>;
  readonly handlers: (parts: AnyHandlerParts, surroundings: Surroundings) => readonly OfferedService[];
}

export interface Composition extends Readonly<Record<ServiceName, ServiceParts>> {
  readonly wiring: Wiring;
}

type AnyHandler = TaskHandler<unknown, unknown>;

/** The default of ORDERLOG_PAYMENT_REVIEW_AFTER_SECONDS. */
const REVIEW_AFTER_MS = 82_800_000;
const tokenKeys: Keyring = { current: 'k1', keys: new Map([['k1', Buffer.alloc(32, 7)]]) };
const consistencyKey = Buffer.alloc(32, 8);
const defaultMode = SagaMode.SAGA_MODE_CHOREOGRAPHY;

const anyModel = <S, C, E extends AnyEvent>(model: WriteModel<S, C, E>): AnyModel =>
  model as unknown as AnyModel;
const noTimers: ServiceParts['timers'] = {};
const noTasks: ServiceParts['tasks'] = () => ({});

export const realComposition: Composition = {
  wiring,
  order: {
    model: anyModel(orderModel),
    stream: ORDERS,
    isSource: true,
    subscriptions: orderSubscriptions as readonly Subscription<unknown>[],
    timers: timerCommands,
    tasks: ({ remotes }) => directCalls(remotes, tokenKeys) as Readonly<Record<string, AnyHandler>>,
    handlers: (parts, { deadlineMs, waitFor }) => {
      const ends: Ends = {
        of: (orderId) => waitFor(orderId, ({ streams }) => firstEnd(streams.get(orderId) ?? [])),
      };
      const direct = { ends, refusal: () => undefined };
      const settings = {
        store: 'events',
        tokenKeys,
        consistencyKey,
        deadlineMs,
        defaultMode,
        direct,
        peers: [],
      } as const;
      return orderService(settings)(parts as never);
    },
  },
  catalog: {
    model: anyModel(catalogModel),
    stream: CATALOG,
    isSource: false,
    subscriptions: catalogSubscriptions as readonly Subscription<unknown>[],
    timers: noTimers,
    tasks: noTasks,
    handlers: (parts) => catalogService(parts as never),
  },
  payment: {
    model: anyModel(paymentModel),
    stream: PAYMENTS,
    isSource: false,
    subscriptions: paymentSubscriptions as readonly Subscription<unknown>[],
    timers: noTimers,
    tasks: ({ provider }) => ({
      [CHARGE_TASK]: chargeTask({ tokenKeys, provider, reviewAfterMs: REVIEW_AFTER_MS }) as AnyHandler,
      [REFUND_TASK]: refundTask({ provider }) as AnyHandler,
    }),
    handlers: (parts, { waitFor }) => {
      const outcomes: ChargeOutcomes = {
        of(orderId) {
          const paymentId = paymentIdOf(orderId);
          const outcome = (store: Store) => {
            const payment = memoryTable('payments').read(store, paymentId)?.state as PaymentState;
            return isKnown(payment) ? chargeOutcome(payment) : undefined;
          };
          return waitFor(paymentId, outcome, chargeGoesOn);
        },
      };
      return paymentService(tokenKeys, outcomes)(parts as never);
    },
  },
};
