/**
 * What must be there before a request can be accepted (Pact's provider states): an item, an order that has ended, a
 * reservation, a captured payment. Made over the same rpcs, each when it is first needed; what a command uses up is made
 * anew for each request.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { baseline, type Values } from './generate/baseline.ts';
import type { Image } from './image.ts';
import { describeOutcome } from './say.ts';
import { type Code, fieldValue } from './status.ts';
import { type Rpc, rpcAt, type TargetName, type Targets } from './targets.ts';

export interface States {
  /** Values for a request of this rpc that is to be accepted; new ids where it makes something, or uses it up. */
  valuesFor(rpc: Rpc): Promise<Values>;
  /** An order that has completed, with a token to read it by. */
  endedOrder(): Promise<{ readonly orderId: string; readonly consistencyToken: string }>;
  /** Another order. */
  anyOrder(): Promise<string>;
}

/** A state that could not be made. */
export class StateError extends Error {}

const ENDS_WITHIN_MS = 60_000;
const POLL_MS = 50;
const MAX_TRIES = 20;

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

/** Plain values, by field name, for whatever rpc has such a field. */
const commonValues = (): Values => ({
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
});

export function createStates(image: Image, targets: Targets): States {
  const sku = `CONTRACT-${randomUUID()}`;
  const once = <T>(make: () => Promise<T>) => {
    let made: Promise<T> | undefined;
    return () => (made ??= make());
  };
  const ask = (target: TargetName, method: string, values: Values) =>
    askFor(image, targets, target, method, { ...commonValues(), sku, ...values });

  const item = once(() => ask('catalog', 'PutItem', {}));
  async function placed(values: Values = {}): Promise<ReflectMessage> {
    await item();
    return ask('order', 'PlaceOrder', values);
  }
  const idOf = async (making: Promise<ReflectMessage>) => String(fieldValue(await making, 'order_id'));
  async function reserved(): Promise<string> {
    await item();
    const orderId = randomUUID();
    await ask('catalog', 'ReserveItems', { order_id: orderId });
    return orderId;
  }
  async function confirmed(): Promise<string> {
    const orderId = await reserved();
    await ask('catalog', 'ConfirmReservation', { order_id: orderId });
    return orderId;
  }
  async function charged(): Promise<string> {
    const orderId = randomUUID();
    await ask('payment', 'Charge', { order_id: orderId });
    return orderId;
  }
  const endedOrder = once(async () => {
    const answer = await placed();
    const orderId = String(fieldValue(answer, 'order_id'));
    const consistencyToken = String(fieldValue(answer, 'consistency_token'));
    await untilCompleted(orderId, () => ask('order', 'GetOrder', { order_id: orderId }));
    return { orderId, consistencyToken };
  });
  const anyOrder = once(() => idOf(placed()));
  const sharedReservation = once(reserved);
  const sharedCharge = once(charged);

  const orderIds: Readonly<Record<string, () => Promise<string>>> = {
    CancelOrder: () => idOf(placed()),
    ConfirmReservation: reserved,
    ReturnReservation: confirmed,
    GetReservation: sharedReservation,
    Refund: charged,
    GetPayment: sharedCharge,
    ResolvePaymentReview: sharedCharge,
  };
  return {
    endedOrder,
    anyOrder,
    async valuesFor(rpc) {
      const { method } = rpc;
      const has = (name: string) => method.input.fields.some((field) => field.name === name);
      const values: Record<string, unknown> = { ...commonValues(), sku };
      if (has('sku') || has('lines')) await item();
      if (has('order_id')) {
        const ended = async () => (await endedOrder()).orderId;
        const make = orderIds[method.name] ?? ended;
        values.order_id = isMaker(rpc) ? randomUUID() : await make();
      }
      return values;
    },
  };
}

async function askFor(
  image: Image,
  targets: Targets,
  name: TargetName,
  methodName: string,
  values: Values,
): Promise<ReflectMessage> {
  const target = targets[name];
  const method = target.services[0]?.methods.find((each) => each.name === methodName);
  if (!method) throw new Error(`no rpc ${methodName} at ${name}`);
  const { path, title } = rpcAt(target, method);
  const bytes = toBinary(method.input, baseline(method.input, values));
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await target.wire.call(path, bytes);
    const [answer] = outcome.answers;
    if (outcome.code === 'OK' && answer) return reflect(method.output, fromBinary(method.output, answer));
    const mayPass = outcome.code === 'UNAVAILABLE' || outcome.code === 'RESOURCE_EXHAUSTED';
    if (!mayPass || attempt >= MAX_TRIES) {
      throw new StateError(`cannot prepare by ${title}: ${describeOutcome(image, outcome)}`);
    }
    await sleep(POLL_MS * attempt);
  }
}

async function untilCompleted(orderId: string, get: () => Promise<ReflectMessage>): Promise<void> {
  const untilMs = performance.now() + ENDS_WITHIN_MS;
  for (;;) {
    const order = fieldValue(await get(), 'order') as ReflectMessage;
    const status = order.fields.find(({ name }) => name === 'status');
    const number = Number(fieldValue(order, 'status'));
    const end = status?.enum?.values.find((value) => value.number === number)?.name ?? String(number);
    if (end === 'ORDER_STATUS_COMPLETED') return;
    if (performance.now() > untilMs || /REJECTED|CANCELLED|REFUNDED/.test(end)) {
      throw new StateError(
        `order ${orderId} should complete within ${ENDS_WITHIN_MS / 1_000} s, and is ${end}`,
      );
    }
    await sleep(POLL_MS);
  }
}
