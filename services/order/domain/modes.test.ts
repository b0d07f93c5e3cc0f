import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Decision } from '../../../platform/decider.ts';
import { foldEvents, NOW, specificationOf } from '../../../platform/deciderTesting.ts';
import { SagaMode } from '../../../proto/gen/orderlog/saga/v1/saga.ts';
import { callTaskIdOf, callTasks } from '../direct/tasks.ts';
import type { OrderCommand } from './commands.ts';
import { orderDecider } from './decide.ts';
import type { OrderEvent } from './events.ts';
import { requestsAfter } from './requests.ts';
import * as samples from './samples.testing.ts';
import { initialOrder, type OrderState } from './state.ts';

const { SAGA_MODE_CHOREOGRAPHY, SAGA_MODE_DIRECT, SAGA_MODE_ORCHESTRATION } = SagaMode;
const commands: readonly OrderCommand[] = Object.values(samples.commands);
const histories: readonly (readonly OrderEvent[])[] = Object.values(samples.histories).flat();

/** The same, in a saga of another mode. */
function inMode<T extends OrderEvent | OrderCommand>(mode: SagaMode, given: T): T {
  if ('mode' in given) return { ...given, mode };
  const withContext = (holder: object) => ({ ...holder, context: { ...samples.context, mode } });
  if ('data' in given) return { ...given, data: withContext(given.data) };
  return 'context' in given ? (withContext(given) as T) : given;
}

const stateOf = (mode: SagaMode, history: readonly OrderEvent[]): OrderState =>
  foldEvents(
    orderDecider,
    initialOrder,
    history.map((event) => inMode(mode, event)),
  );
const decide = (mode: SagaMode, history: readonly OrderEvent[], command: OrderCommand) =>
  orderDecider.decide(inMode(mode, command), stateOf(mode, history), { now: NOW });

/** A decision without what only the conductor of the saga adds. */
const withoutRequests = (decision: Decision<OrderEvent>, mode: SagaMode): Decision<OrderEvent> => {
  if ('refusal' in decision) return decision;
  const asked = new Set(decision.events.flatMap((event) => requestsAfter(event)).map(({ type }) => type));
  const own = decision.events.filter(({ type }) => !asked.has(type as never));
  return { events: own.map((event) => inMode(mode, event)) };
};

describe('an order, whoever drives its saga', () => {
  for (const mode of [SAGA_MODE_ORCHESTRATION, SAGA_MODE_DIRECT]) {
    it(`decides the same in mode ${mode} as by choreography, in every state`, () => {
      for (const history of histories.slice(1)) {
        for (const command of commands) {
          const expected = decide(SAGA_MODE_CHOREOGRAPHY, history, command);
          const decision = withoutRequests(decide(mode, history, command), SAGA_MODE_CHOREOGRAPHY);
          assert.deepEqual(decision, expected, command.type);
        }
      }
    });
  }

  it('takes no news of the goods, nor of a review, from another saga under its id', () => {
    const { NoteItemsReserved, NoteReserveFailed, NotePaymentNeedsReview, NoteCallDone } = samples.commands;
    for (const history of histories.slice(1)) {
      for (const command of [NoteItemsReserved, NoteReserveFailed, NotePaymentNeedsReview, NoteCallDone]) {
        const foreign = { ...command, mode: SAGA_MODE_DIRECT };
        const decision = orderDecider.decide(foreign, stateOf(SAGA_MODE_ORCHESTRATION, history), {
          now: NOW,
        });
        assert.deepEqual(decision, { events: [] });
      }
    }
  });

  it('leaves alone a direct saga of which it has never heard, and refuses one that it should know', () => {
    const given = specificationOf(orderDecider, initialOrder)();
    given.when(inMode(SAGA_MODE_DIRECT, samples.notePaymentProcessed)).thenNothing();
    given
      .when(inMode(SAGA_MODE_ORCHESTRATION, samples.notePaymentProcessed))
      .thenRefused('NOT_FOUND', 'ORDER_NOT_FOUND');
  });
});

describe('an order that orchestrates its saga', () => {
  const event = (given: OrderEvent) => inMode(SAGA_MODE_ORCHESTRATION, given);
  const context = { ...samples.context, mode: SAGA_MODE_ORCHESTRATION };
  const given = (...history: OrderEvent[]) =>
    specificationOf(orderDecider, initialOrder)(...history.map((each) => event(each)));
  const when = (command: OrderCommand) => inMode(SAGA_MODE_ORCHESTRATION, command);
  const reserved = [samples.orderCreated, samples.itemsReserved];
  const completed = [...reserved, samples.orderPaid, samples.orderCompleted];

  it('asks Catalog for the goods', () =>
    given()
      .when(when(samples.placeOrder))
      .then(event(samples.orderCreated), {
        type: 'ReserveItemsRequested',
        data: { context, lines: [{ sku: 'SKU-COFFEE', quantity: 2 }] },
      }));

  it('then Payment for the money', () =>
    given(samples.orderCreated)
      .when(when(samples.noteItemsReserved))
      .then(event(samples.itemsReserved), {
        type: 'ChargeRequested',
        data: { context, amount: samples.total },
      }));

  it('and completes', () =>
    given(...reserved)
      .when(when(samples.notePaymentProcessed))
      .then(event(samples.orderPaid), event(samples.orderCompleted), {
        type: 'ConfirmRequested',
        data: { context },
      }));

  it('gives the goods up when the payment is declined', () =>
    given(...reserved)
      .when(when(samples.notePaymentFailed))
      .then(event(samples.cancelledAsDeclined), { type: 'ReleaseRequested', data: { context } }));

  it('asks for nothing where nothing was reserved', () =>
    given(samples.orderCreated).when(when(samples.noteReserveFailed)).then(event(samples.orderRejected)));

  it('has the payment cancelled when its own end is asked for', () => {
    const { reason, message } = samples.byCustomer;
    given(...completed)
      .when(samples.cancelOrder)
      .then(event(samples.cancellationRequested), {
        type: 'CancelPaymentRequested',
        data: { context, reason, message },
      });
  });

  it('and the goods put back when the money is', () =>
    given(...completed, samples.cancellationRequested)
      .when(when(samples.notePaymentRefunded))
      .then(event(samples.orderRefunded), { type: 'ReturnRequested', data: { context } }));
});

describe('an order whose saga is direct', () => {
  const tasksOf = (given: OrderEvent, mode: SagaMode = SAGA_MODE_DIRECT, version = 3) =>
    callTasks(inMode(mode, given), { version, time: NOW });

  it('makes a call of whatever an orchestrator would ask for', () => {
    const all = [...new Set(histories.flat())];
    for (const each of all) {
      assert.deepEqual(
        tasksOf(each).map(({ kind }) => kind),
        requestsAfter(each).map(({ type }) => type),
      );
    }
    assert.ok(all.some((each) => tasksOf(each).length > 0));
  });

  it('makes none where somebody else drives the saga', () => {
    for (const mode of [SAGA_MODE_CHOREOGRAPHY, SAGA_MODE_ORCHESTRATION]) {
      for (const each of histories.flat()) assert.deepEqual(tasksOf(each, mode), []);
    }
  });

  it('calls for the cancellation of its payment once more when money came in after its end', () => {
    const [first] = tasksOf(samples.cancellationRequested);
    const [second] = tasksOf(samples.capturedAfter('cancelled'));
    assert.equal(first?.taskId, callTaskIdOf(samples.ORDER_ID, 'CancelPaymentRequested'));
    assert.equal(second?.taskId, callTaskIdOf(samples.ORDER_ID, 'CancelPaymentRequested after the end'));
  });
});
