/**
 * Orders told from PlaceOrder to their end in memory, many at once: by the services' own deciders, policies and tasks and
 * the sandbox's own answers, so that what is told is what would have happened. Only nobody waits for a server.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Envelope, WorkingSet } from '../../../platform/fold.ts';
import type { Keyring } from '../../../platform/sealing.ts';
import { PlaceOrderRequest, PlaceOrderResponse } from '../../../proto/gen/orderlog/order/v1/order_service.ts';
import { OrderStatus } from '../../../proto/gen/orderlog/order/v1/types.ts';
import { SagaMode } from '../../../proto/gen/orderlog/saga/v1/saga.ts';
import { CATALOG, ORDERS, PAYMENTS } from '../../../proto/streams.ts';
import { catalogModel } from '../../../services/catalog/model.ts';
import { catalogSubscriptions } from '../../../services/catalog/subscriptions.ts';
import type { OrderCommand } from '../../../services/order/domain/commands.ts';
import type { OrderState } from '../../../services/order/domain/state.ts';
import { answerFor, placeOrderCommand } from '../../../services/order/grpc.ts';
import { orderModel } from '../../../services/order/model.ts';
import { orderSubscriptions } from '../../../services/order/subscriptions.ts';
import { chargeTask } from '../../../services/payment/chargeTask.ts';
import { paymentModel } from '../../../services/payment/model.ts';
import { chargeAnswer } from '../../../services/payment/provider/providerAnswers.ts';
import { paymentSubscriptions } from '../../../services/payment/subscriptions.ts';
import { CHARGE_TASK } from '../../../services/payment/tasks.ts';
import type { Entry, Ledger } from '../../../services/sandbox/ledger.ts';
import { createProvider } from '../../../services/sandbox/provider.ts';
import { type Wishes, wishOf } from '../../load/wishes.ts';
import { type Chapter, createPart, type Told } from './part.ts';

export interface StoryOptions {
  readonly wishes: Wishes;
  readonly tokenKeys: Keyring;
  readonly consistencyKey: Buffer;
  readonly maxPayloadBytes: number;
  /** The items, as they are stored. */
  readonly items: WorkingSet;
}

/** What each of them has to write, and the provider's entries. */
export interface Stories {
  readonly order: Chapter;
  readonly catalog: Chapter;
  readonly payment: Chapter;
  readonly ledger: readonly Entry[];
}

const CALLER = 'anonymous';
const METHOD = 'orderlog.order.v1.OrderService/PlaceOrder';
const DEADLINE_MS = 900_000;
const REVIEW_AFTER_MS = 82_800_000;
/** Between an event and what follows from it. */
const STEP_MS = 5;
/** More than any story has. */
const MAX_STEPS = 20;

/** Tells so many more orders at a time, all of them to their ends. */
export function storyTeller(options: StoryOptions): (orders: number) => Promise<Stories> {
  const { maxPayloadBytes, tokenKeys } = options;
  const entries: Entry[] = [];
  const order = createPart({
    model: orderModel,
    stream: ORDERS.name,
    subscriptions: orderSubscriptions,
    maxPayloadBytes,
    rows: new Map(),
  });
  const catalog = createPart({
    model: catalogModel,
    stream: CATALOG.name,
    subscriptions: catalogSubscriptions,
    maxPayloadBytes,
    rows: options.items,
  });
  const payment = createPart({
    model: paymentModel,
    stream: PAYMENTS.name,
    subscriptions: paymentSubscriptions,
    tasks: {
      [CHARGE_TASK]: chargeTask({ tokenKeys, provider: sandbox(entries), reviewAfterMs: REVIEW_AFTER_MS }),
    },
    maxPayloadBytes,
    rows: new Map(),
  });
  const parts = [order, catalog, payment];
  let placed = 0;
  return async (orders) => {
    let atMs = Date.now() - MAX_STEPS * STEP_MS;
    const first = placed;
    placed += orders;
    let news = order.run(Array.from({ length: orders }, (_, n) => place(first + n, new Date(atMs), options)));
    for (let step = 1; news.length > 0; step++) {
      if (step > MAX_STEPS) throw new Error('the orders do not end');
      atMs += STEP_MS;
      const now = new Date(atMs);
      const heard: Told[] = [];
      for (const part of parts) heard.push(...(await part.work(now)), ...part.hear(news, now));
      news = heard;
    }
    return {
      order: order.take(),
      catalog: catalog.take(),
      payment: payment.take(),
      ledger: entries.splice(0),
    };
  };
}

function place(
  n: number,
  now: Date,
  { wishes, tokenKeys, consistencyKey }: StoryOptions,
): Envelope<OrderState, OrderCommand> {
  const request = PlaceOrderRequest.fromPartial({ requestId: randomUUID(), ...wishOf(n, wishes) });
  const settings = { tokenKeys, deadlineMs: DEADLINE_MS, defaultMode: SagaMode.SAGA_MODE_CHOREOGRAPHY };
  const command = placeOrderCommand(request, { caller: CALLER }, settings, now);
  const fingerprint = createHash('sha256').update(PlaceOrderRequest.encode(request).finish()).digest();
  const { orderId } = command.context;
  return {
    command,
    now,
    traceparent: `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`,
    request: { caller: CALLER, method: METHOD, requestId: request.requestId, fingerprint },
    reply: () =>
      PlaceOrderResponse.encode(
        answerFor(orderId, { consistencyKey }, OrderStatus.ORDER_STATUS_PENDING, 1),
      ).finish(),
  };
}

/** The provider, which writes into `entries`. No key comes twice. */
function sandbox(entries: Entry[]): Parameters<typeof chargeTask>[0]['provider'] {
  const ledger: Pick<Ledger, 'find' | 'append'> = {
    find: () => undefined,
    append: async (entry) => void entries.push(entry),
  };
  const provider = createProvider(ledger as Ledger, { lateMs: 0 });
  return {
    async charge({ amountMinor, ...wish }) {
      const { status, body } = await provider.charge({ ...wish, amountMinor: String(amountMinor) });
      return chargeAnswer({ status, body: JSON.stringify(body) });
    },
    lookup() {
      throw new Error('nothing is asked twice');
    },
  };
}
