import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { registeredPolicies } from '../../cli/saga/policies.ts';
import { defineSaga } from './definition.ts';
import type { SagaEvent } from './event.ts';
import { lintSaga } from './lint.ts';
import type { RegisteredPolicies } from './rules/policies.ts';
import { eventOf, placeOrder, withEvent, without, withStep } from './samples.testing.ts';

const ORDER = 'orderlog.order.v1.';
const CATALOG = 'orderlog.catalog.v1.';
const PAYMENT = 'orderlog.payment.v1.';

/** The findings as `rule: subject: message. mend`, packages left out. */
function lint(events: readonly SagaEvent[], policies = registeredPolicies): string[] {
  return lintSaga(defineSaga('place-order', events), policies).map(({ rule, subject, message, mend }) =>
    `${rule}: ${subject}: ${message}. ${mend}`.replaceAll(/orderlog\.[a-z]+\.v1\.(?=[A-Z])/g, ''),
  );
}

/** What a broken definition must be told, word for word; `all` of it, or among other findings. */
interface Broken {
  readonly events?: readonly SagaEvent[];
  readonly policies?: readonly RegisteredPolicies[];
  readonly told: readonly string[];
  readonly andMore?: boolean;
}

const policiesOf = (service: string, change: (types: readonly string[]) => readonly string[]) =>
  registeredPolicies.map((each) =>
    each.service === service ? { service, types: change(each.types) } : each,
  );

const broken: Readonly<Record<string, Broken>> = {
  'an event that claims two steps': {
    events: [...placeOrder, { ...eventOf('ReservationConfirmed'), step: 'return' }],
    told: [
      'one place: ReservationConfirmed: claims the step confirm and the step return. leave it one: another fact is another event',
    ],
  },
  'an event that claims a step and an end': {
    events: withEvent('OrderRejected', { step: 'reserve', kind: 'COMPENSATABLE', role: 'NOTED' }),
    told: [
      'one place: OrderRejected: claims the step reserve and the ROLLBACK. leave it one: another fact is another event',
    ],
  },
  'an event without a place': {
    events: withEvent('OrderPaid', { step: undefined }),
    told: ['one place: OrderPaid: has no place in the saga. set step, kind and role, or boundary'],
  },
  'an event without a role': {
    events: withEvent('OrderPaid', { role: undefined }),
    told: ['one place: OrderPaid: does not say what it is to the step charge. set role'],
  },
  'an event without a kind': {
    events: withEvent('OrderPaid', { kind: undefined }),
    told: ['one place: OrderPaid: does not say of which kind the step charge is. set kind'],
  },
  'a step of two kinds': {
    events: withEvent('ConfirmRequested', { kind: 'COMPENSATABLE' }),
    told: [
      'one place: confirm: is RETRYABLE and COMPENSATABLE. set the same kind on every event of the step',
    ],
    andMore: true,
  },
  'a step that two services settle': {
    events: withEvent('PaymentFailed', { step: 'reserve', kind: 'COMPENSATABLE' }),
    told: [
      'one place: PaymentFailed: settles the step reserve, which catalog does. make it a step of its own, or role NOTED',
    ],
    andMore: true,
  },
  'a next step that is not there': {
    events: withEvent('OrderCreated', { next: ['reserv'] }),
    told: ['names: OrderCreated: next names reserv, which is no step of this saga. did you mean reserve?'],
    andMore: true,
  },
  'a next event that is not there': {
    events: withEvent('ReserveFailed', { next: [`${ORDER}OrderRejectd`] }),
    told: [
      'names: ReserveFailed: next names OrderRejectd, which is no event of this saga. did you mean OrderRejected?',
    ],
    andMore: true,
  },
  'a compensation that is not there': {
    events: withEvent('ItemsReserved', { compensatedBy: 'nobody.knows.It' }),
    told: [
      'names: ItemsReserved: compensated_by names nobody.knows.It, which is no event of this saga. name one that is there',
    ],
    andMore: true,
  },
  'no pivot': {
    events: withStep('charge', { kind: 'COMPENSATABLE' }),
    told: [
      'one pivot: place-order: has no pivot. set kind: STEP_KIND_PIVOT on the events of the one step after whose success the saga will complete, and on no others',
    ],
    andMore: true,
  },
  'two pivots': {
    events: withStep('confirm', { kind: 'PIVOT' }),
    told: [
      'one pivot: place-order: has 2 pivots: charge, confirm. set kind: STEP_KIND_PIVOT on the events of the one step after whose success the saga will complete, and on no others',
    ],
  },
  'a step after the pivot that need not succeed': {
    events: withStep('confirm', { kind: 'COMPENSATABLE' }),
    told: [
      'after the pivot: confirm: is COMPENSATABLE, and comes after the pivot charge. set kind: STEP_KIND_RETRYABLE on its events, or let it come before charge',
    ],
    andMore: true,
  },
  'a step before the pivot that cannot be undone': {
    events: withStep('reserve', { kind: 'RETRYABLE' }),
    told: [
      'before the pivot: reserve: is RETRYABLE, and comes before the pivot charge: what it did would stay. set kind: STEP_KIND_COMPENSATABLE on its events and say what undoes it, or let it come after charge',
    ],
    andMore: true,
  },
  'a retryable step that fails for good': {
    events: withEvent('PaymentRefundFailed', { role: 'FAILED', next: [`${ORDER}OrderCancelled`] }),
    policies: policiesOf('order', (types) => [...types, `${PAYMENT}PaymentRefundFailed`]),
    told: [
      'retryable: PaymentRefundFailed: fails cancel for good, which is RETRYABLE. repeat the step until it succeeds, and let the event say that it stands still (SUSPENDED)',
    ],
  },
  'a way out at the deadline that may fail': {
    events: withStep('cancel', { kind: 'COMPENSATABLE' }),
    told: [
      "retryable: cancel: begins at the saga's deadline, and is COMPENSATABLE: it may fail. set kind: STEP_KIND_RETRYABLE on its events, or name another step in at_deadline",
    ],
    andMore: true,
  },
  'a compensatable step without a compensation': {
    events: withEvent('ItemsReserved', { compensatedBy: undefined }),
    told: [
      'compensation: ItemsReserved: nothing undoes it, and reserve is COMPENSATABLE. set compensated_by to the full name of the event that undoes it',
      'compensation: ReservationReleased: undoes a success that does not name it. set compensated_by: "ReservationReleased" on the success of reserve',
    ],
  },
  'a compensation that is none': {
    events: withEvent('ItemsReserved', { compensatedBy: `${CATALOG}ReservationReturned` }),
    told: [
      'compensation: ItemsReserved: is compensated by ReservationReturned, which is SUCCEEDED of the step return. set step: "reserve" and role: STEP_ROLE_COMPENSATED on that event, or name another',
    ],
    andMore: true,
  },
  'an end that leaves something done': {
    events: withEvent('OrderCancelled', { next: [] }),
    told: [
      'compensation: OrderCancelled: can be reached after reserve has succeeded, and does not undo it. add "ReservationReleased" to its next',
    ],
    andMore: true,
  },
  'what must succeed, and is undone': {
    events: withEvent('ReservationConfirmed', { compensatedBy: `${CATALOG}ReservationReleased` }),
    told: [
      'compensation: ReservationConfirmed: is undone, and its step is RETRYABLE: ReservationReleased. remove compensated_by, or set kind: STEP_KIND_COMPENSATABLE on the events of its step',
    ],
  },
  'an end undone by what is no end': {
    events: withEvent('OrderCompleted', { compensatedBy: `${PAYMENT}PaymentRefunded` }),
    told: [
      'compensation: OrderCompleted: the end is undone by what is no end: PaymentRefunded. name the ROLLBACK that undoes it',
    ],
    andMore: true,
  },
  'a saga without a deadline': {
    events: withEvent('OrderCreated', { deadlineMs: undefined }),
    told: [
      'deadline: OrderCreated: the saga place-order has no deadline. set deadline: {seconds: ...} to what it may take',
    ],
  },
  'a saga at whose deadline nothing begins': {
    events: withEvent('OrderCreated', { atDeadline: undefined }),
    told: [
      'deadline: OrderCreated: nothing begins at its deadline. set at_deadline to the step that ends the saga',
    ],
    andMore: true,
  },
  'a step without a deadline': {
    events: withEvent('PaymentProcessed', { deadlineMs: undefined }),
    told: [
      'deadline: PaymentProcessed: the step charge has no deadline. set deadline: {seconds: ...} to what it may take',
    ],
  },
  'a compensation without a deadline': {
    events: withEvent('ReservationReleased', { deadlineMs: 0 }),
    told: [
      'deadline: ReservationReleased: the step reserve has no deadline. set deadline: {seconds: ...} to what it may take',
    ],
  },
  'an outcome that leads nowhere': {
    events: withEvent('PaymentFailed', { next: [] }),
    told: [
      'an end: PaymentFailed: leads to no step and no end: the saga would wait for ever. set next: to the steps that it begins, or to the full name of the end that it leads to',
      'policy: PaymentFailed: order reacts to it, and the definition has nothing of order follow upon it. add to its next what order does about it, or remove the policy',
    ],
  },
  'steps that go in a circle': {
    events: withEvent('PaymentFailed', { next: ['reserve'] }),
    told: [
      'an end: reserve, charge: begin one another for ever on some path. set next: to the steps that it begins, or to the full name of the end that it leads to: one that leads out of the circle',
    ],
    andMore: true,
  },
  'a step without a success': {
    events: without('ReservationConfirmed'),
    told: [
      'an end: confirm: has no event that tells of its success. set role: STEP_ROLE_SUCCEEDED on that event',
    ],
    andMore: true,
  },
  'a step that nothing begins': {
    events: withEvent('OrderRefunded', { next: [] }),
    told: [
      'an end: return: is a step that nothing begins. add next: "return" to the event upon which it begins',
      'policy: OrderRefunded: catalog reacts to it, and the definition has nothing of catalog follow upon it. add to its next what catalog does about it, or remove the policy',
    ],
  },
  'an end that no path reaches': {
    events: withEvent('ReserveFailed', { next: [`${ORDER}OrderCancelled`] }),
    told: [
      'an end: OrderRejected: is an end that no path reaches. add next: "OrderRejected" to the outcome that leads to it',
    ],
  },
  'a saga that never completes': {
    events: withEvent('OrderCompleted', { boundary: 'ROLLBACK' }),
    told: [
      'an end: place-order: never completes. set boundary: SAGA_BOUNDARY_COMPLETE on the event of its success',
    ],
    andMore: true,
  },
  'a standstill that nobody hears of': {
    events: withEvent('PaymentRefundFailed', { next: [] }),
    told: [
      'an end: PaymentRefundFailed: leaves cancel standing still, and nobody takes note of it. set next: to the event that notes it, or to the one by which the step goes on',
    ],
  },
  'a request that is obeyed in no mode': {
    events: withEvent('ChargeRequested', { modes: [] }),
    told: [
      'request: ChargeRequested: asks payment for charge, and is obeyed in no mode. set modes: [SAGA_MODE_ORCHESTRATION], or those in which the service of the step obeys it',
    ],
    andMore: true,
  },
  'an orchestrator that is not the one that starts the saga': {
    events: withEvent('PaymentStarted', { step: 'confirm', kind: 'RETRYABLE', modes: ['DIRECT'] }),
    told: ['request: PaymentStarted: is a request of payment. let order ask, whose event starts the saga'],
  },
  'an outcome that counts in some modes only': {
    events: withEvent('PaymentFailed', { modes: ['DIRECT'] }),
    told: ['request: PaymentFailed: is no request, and has modes. remove modes: it counts in every mode'],
  },
  'a step that the orchestrator cannot ask for': {
    events: without('ReturnRequested'),
    told: [
      'request: return: by orchestration nothing asks for the step. let one event have step: "return", role: STEP_ROLE_REQUESTED, modes: [SAGA_MODE_ORCHESTRATION]',
      'policy: ReturnRequested: catalog reacts to it, and it is no event of the saga. set the option (orderlog.saga.v1.event) with saga: "place-order" on the message, or remove the policy',
    ],
  },
  'a compensation that the orchestrator cannot ask for': {
    events: without('ReleaseRequested'),
    told: [
      'request: reserve: by orchestration nothing asks for the compensation of the step. let one event have step: "reserve", role: STEP_ROLE_COMPENSATION_REQUESTED, modes: [SAGA_MODE_ORCHESTRATION]',
      'policy: ReleaseRequested: catalog reacts to it, and it is no event of the saga. set the option (orderlog.saga.v1.event) with saga: "place-order" on the message, or remove the policy',
    ],
  },
  'a deadline of which nobody hears': {
    events: withEvent('OrderCancellationRequested', { modes: ['DIRECT'] }),
    told: [
      'request: cancel: begins at the deadline, and by choreography nobody asks for it. set modes: [SAGA_MODE_CHOREOGRAPHY] on the request upon which it begins',
    ],
    andMore: false,
  },
  'an outcome without a policy': {
    policies: policiesOf('order', (types) => types.filter((type) => !type.endsWith('PaymentFailed'))),
    told: [
      'policy: PaymentFailed: leads to OrderCancelled in order, which has no policy for it. add policies/onPaymentFailed.ts to order and register it in its subscriptions, or correct next',
    ],
  },
  'an outcome with two policies in one service': {
    policies: policiesOf('order', (types) => [...types, `${PAYMENT}PaymentFailed`]),
    told: ['policy: PaymentFailed: order reacts to it twice. leave one policy in one subscription'],
  },
  'a policy on what is no event of the saga': {
    policies: policiesOf('order', (types) => [...types, `${CATALOG}ItemPut`]),
    told: [
      'policy: ItemPut: order reacts to it, and it is no event of the saga. set the option (orderlog.saga.v1.event) with saga: "place-order" on the message, or remove the policy',
    ],
  },
  'a policy on an event that leads to nothing there': {
    policies: policiesOf('payment', (types) => [...types, `${ORDER}OrderCompleted`]),
    told: [
      'policy: OrderCompleted: payment reacts to it, and the definition has nothing of payment follow upon it. add to its next what payment does about it, or remove the policy',
    ],
  },
  'an orchestrator that is obeyed by half': {
    policies: policiesOf('catalog', (types) => types.filter((type) => !type.endsWith('ConfirmRequested'))),
    told: [
      'policy: ConfirmRequested: asks for confirm in catalog, which has no policy for it. add policies/onConfirmRequested.ts to catalog and register it in its subscriptions, or correct next',
    ],
  },
};

describe('the lint of a saga', () => {
  it('finds nothing in the definition that the contract holds, with the policies that are registered', () =>
    assert.deepEqual(lint(placeOrder), []));

  describe('finds, and says how to mend,', () => {
    for (const [what, { events = placeOrder, policies, told, andMore }] of Object.entries(broken)) {
      it(what, () => {
        const found = lint(events, policies);
        assert.deepEqual(
          andMore ? found.filter((each) => told.includes(each)) : found,
          told,
          found.join('\n'),
        );
      });
    }
  });

  it('wants no policy for a mode that nobody runs', () => {
    const found = lint(placeOrder, []);
    assert.equal(
      found.some((each) => /policy: (?!OrderCancellation)\w+Requested/.test(each)),
      false,
    );
    assert.ok(found.length >= 13 && found.every((each) => each.startsWith('policy: ')));
  });
});
