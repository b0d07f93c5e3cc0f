/**
 * What must be there before a request can be accepted (Pact's provider states): an item, an order that has ended, a
 * reservation, a captured payment. Made over the same rpcs, each when it is first needed; what a command uses up is made
 * anew for each request.
 */
import { randomUUID } from 'node:crypto';
import type { ReflectMessage } from '@bufbuild/protobuf/reflect';
import { askFor, untilCompleted } from './ask.ts';
import type { Values } from './generate/baseline.ts';
import type { Image } from './image.ts';
import { type Code, fieldValue } from './status.ts';
import type { Rpc, TargetName, Targets } from './targets.ts';

export interface States {
  /** Values for a request of this rpc that is to be accepted; new ids where it makes something, or uses it up. */
  valuesFor(rpc: Rpc): Promise<Values>;
  /** An order that is read by nobody else. */
  anyOrder(): Promise<string>;
  /** A customer with a few orders, all of which have ended: lists of them stand still. */
  quietCustomer(): Promise<string>;
}

/** What an accepted request answers, where that is not OK: nothing that a caller can do brings these states about. */
const ACCEPTED: Readonly<Record<string, Code>> = {
  ResolvePaymentReview: 'FAILED_PRECONDITION',
  ReplayParkedEvents: 'NOT_FOUND',
  DiscardParkedEvent: 'NOT_FOUND',
};

/** Nothing need be there before: they make what they name, or leave a tombstone. */
const MAKERS = ['PlaceOrder', 'PutItem', 'ReserveItems', 'ReleaseReservation', 'Charge', 'CancelPayment'];

export const isMaker = ({ method }: Rpc): boolean => MAKERS.includes(method.name);

export const acceptedCode = ({ method }: Rpc): Code => ACCEPTED[method.name] ?? 'OK';

const QUIET_ORDERS = 5;

/** Plain values, by field name, for whatever rpc has such a field. */
export const commonValues = (): Values => ({
  request_id: randomUUID(),
  customer_id: 'contract',
  payment_token: 'tok_ok',
  name: 'An item of the contract suite',
  quantity: 1,
  unit_price: { currencyCode: 'EUR', units: 12n, nanos: 340_000_000 },
  amount: { currencyCode: 'EUR', units: 12n, nanos: 340_000_000 },
  initial_on_hand: 1_000_000_000n,
  delta: 1n,
  // Not CAPTURED, which asks for another field too.
  resolution: 2,
  provider_reference: 'ch_contract',
  consumer: 'contract.none',
  // What can be sorted by relevance.
  query: 'contract',
});

export function createStates(image: Image, targets: Targets): States {
  const sku = `CONTRACT-${randomUUID()}`;
  const ask: Ask = (target, method, values) =>
    askFor(image, targets, target, method, { ...commonValues(), sku, ...values });
  const item = once(() => ask('catalog', 'PutItem', {}));
  const makers = orderMakers(ask, item);
  const completed = (orderId: string) =>
    untilCompleted(orderId, () => ask('order', 'GetOrder', { order_id: orderId }));
  // With a token to read it by.
  const endedOrder = once(async () => {
    const answer = await makers.placed();
    const orderId = idOf(answer);
    await completed(orderId);
    return { orderId, consistencyToken: String(fieldValue(answer, 'consistency_token')) };
  });
  const quietCustomer = once(async () => {
    const customerId = `contract-${randomUUID()}`;
    const orders = Array.from({ length: QUIET_ORDERS }, () => makers.placed({ customer_id: customerId }));
    for (const order of orders) await completed(idOf(await order));
    return customerId;
  });
  const orderIds = orderIdsFor(makers);
  return {
    quietCustomer,
    anyOrder: once(async () => idOf(await makers.placed())),
    async valuesFor(rpc) {
      const { method } = rpc;
      const has = (name: string) => method.input.fields.some((field) => field.name === name);
      const values: Record<string, unknown> = { ...commonValues(), sku };
      if (has('sku') || has('lines')) await item();
      if (has('consistency_token')) values.consistency_token = (await endedOrder()).consistencyToken;
      if (!has('order_id')) return values;
      const make = orderIds[method.name] ?? (async () => (await endedOrder()).orderId);
      return { ...values, order_id: isMaker(rpc) ? randomUUID() : await make() };
    },
  };
}

type Ask = (target: TargetName, method: string, values: Values) => Promise<ReflectMessage>;
type OrderMakers = ReturnType<typeof orderMakers>;

const idOf = (answer: ReflectMessage): string => String(fieldValue(answer, 'order_id'));

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** Orders in a certain state, each time a new one. */
function orderMakers(ask: Ask, item: () => Promise<unknown>) {
  async function reserved(): Promise<string> {
    await item();
    const orderId = randomUUID();
    await ask('catalog', 'ReserveItems', { order_id: orderId });
    return orderId;
  }
  return {
    async placed(values: Values = {}): Promise<ReflectMessage> {
      await item();
      return ask('order', 'PlaceOrder', values);
    },
    reserved,
    async confirmed(): Promise<string> {
      const orderId = await reserved();
      await ask('catalog', 'ConfirmReservation', { order_id: orderId });
      return orderId;
    },
    async charged(): Promise<string> {
      const orderId = randomUUID();
      await ask('payment', 'Charge', { order_id: orderId });
      return orderId;
    },
  };
}

/** The order that an rpc names, by its name; others read the one that has ended. */
function orderIdsFor(makers: OrderMakers): Readonly<Record<string, () => Promise<string>>> {
  const sharedCharge = once(makers.charged);
  return {
    CancelOrder: async () => idOf(await makers.placed()),
    ConfirmReservation: makers.reserved,
    ReturnReservation: makers.confirmed,
    GetReservation: once(makers.reserved),
    Refund: makers.charged,
    GetPayment: sharedCharge,
    ResolvePaymentReview: sharedCharge,
  };
}
