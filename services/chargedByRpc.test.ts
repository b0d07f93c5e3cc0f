import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { SagaMode } from '../proto/gen/orderlog/saga/v1/saga.ts';
import * as ofOrder from './order/domain/samples.testing.ts';
import { hasEnded } from './order/domain/state.ts';
import {
  type Action,
  answers,
  newWorld,
  readers,
  type Setting,
  tellOrder,
  tellPayment,
  type World,
} from './orderAndPayment.testing.ts';
import type { PaymentCommand } from './payment/domain/commands.ts';
import type { PaymentEvent } from './payment/domain/events.ts';
import * as ofPayment from './payment/domain/samples.testing.ts';

/** Another amount than the order's. */
const chargeByRpc: PaymentCommand = {
  ...ofPayment.startCharge,
  context: ofPayment.directContext,
  amount: { currency: 'EUR', minor: 1n },
};
const cancelByRpc: PaymentCommand = { ...ofPayment.cancelPayment, context: ofPayment.directContext };

/** What others do: who may call the rpcs, the customer, and a worker that begins the charge. */
const OTHERS: readonly ((world: World) => void)[] = [
  (world) => tellPayment(world, chargeByRpc),
  (world) => tellPayment(world, cancelByRpc),
  (world) => tellOrder(world, ofOrder.cancelOrder),
  (world) => {
    world.payment = { ...world.payment, isChargeUntouched: false };
  },
];

const place = (world: World): void =>
  tellOrder(world, { ...ofOrder.placeOrder, context: { ...ofOrder.context, mode: world.mode } });
const isPlaced = ({ order }: World): boolean => order.status !== 'none';
const isOpen = ({ order }: World): boolean => order.status === 'unreadable' || !hasEnded(order);

/** Until nothing is on its way any more. */
function drain(world: World): void {
  for (let next = nextOf(world); next; next = nextOf(world)) next();
}
const nextOf = (world: World): Action | undefined => [...readers(world), ...answers(world)][0];

/** `steps`: which of all that is possible is done next; then the rest, and at last the deadline. */
function live(setting: Setting, others: typeof OTHERS, steps: readonly number[]): World {
  const world = newWorld(setting);
  // Of an order that is rejected Payment never hears: what was charged before it was placed is nobody's but the caller's.
  if (!setting.isInStock) place(world);
  for (const step of steps) {
    const mine = isPlaced(world) ? [] : [() => place(world)];
    const theirs = others.map((act) => () => act(world));
    const possible = [...readers(world), ...answers(world), ...theirs, ...mine];
    possible[step % possible.length]?.();
  }
  if (!isPlaced(world)) place(world);
  drain(world);
  if (isOpen(world)) tellOrder(world, ofOrder.expireOrder);
  drain(world);
  return world;
}

const count = ({ PAYMENTS }: World, type: PaymentEvent['type']): number =>
  PAYMENTS.filter((event) => event.type === type).length;

describe('an order whose payment others make or cancel by rpc, whichever comes first', () => {
  const modes = [SagaMode.SAGA_MODE_CHOREOGRAPHY, SagaMode.SAGA_MODE_ORCHESTRATION];
  const setting = fc.record({ mode: fc.constantFrom(...modes), isInStock: fc.boolean() });
  const others = fc.subarray([...OTHERS], { minLength: 1 });
  const steps = fc.array(fc.nat(), { maxLength: 30 });
  const holds = (check: (world: World) => void) =>
    fc.assert(
      fc.property(setting, others, steps, (given, who, when) => check(live(given, who, when))),
      { numRuns: 2_000 },
    );

  it('ends without an alarm, and money is kept only where it is completed by its own charge', () =>
    holds((world) => {
      assert.deepEqual(world.alarms, []);
      assert.ok(!isOpen(world), `it is ${world.order.status}`);
      const isSold = world.order.status === 'completed';
      assert.equal(count(world, 'PaymentProcessed') - count(world, 'PaymentRefunded'), isSold ? 1 : 0);
      if (!isSold) return;
      const paid = world.PAYMENTS.find(({ type }) => type === 'PaymentProcessed');
      assert.equal(paid?.data.context?.mode, world.mode);
    }));

  it('does not change any more when all is read once more', () =>
    holds((world) => {
      const { order, payment } = world;
      world.read.clear();
      for (let next = readers(world)[0]; next; next = readers(world)[0]) next();
      assert.deepEqual(world.alarms, []);
      assert.deepEqual(world.order, order);
      assert.equal(world.payment.payment.status, payment.payment.status);
    }));
});
