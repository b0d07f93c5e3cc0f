import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { shortName } from '../events.ts';
import { type Ahead, aheadOf } from './ahead.ts';
import { readSaga } from './definition.ts';
import type { Mode } from './event.ts';
import { mergePast, type PastEvent, withInferred } from './past.ts';
import { progressOf } from './progress.ts';
import { type SagaWait, waitsOf } from './waits.ts';

const saga = readSaga('place-order');
const START_MS = Date.parse('2026-01-02T03:04:05.000Z');

/** An event of the saga a second after the one before, caused by none. */
function pastOf(...names: readonly string[]): readonly PastEvent[] {
  return names.map((name, index) => {
    const event = saga.events.find(({ type }) => shortName(type) === name);
    assert.ok(event, `no event ${name}`);
    const time = new Date(START_MS + index * 1_000);
    const { type, service } = event;
    return { eventId: `${index} ${name}`, type, service, time, causeId: undefined, causeService: undefined };
  });
}

const progress = (mode: Mode, ...names: readonly string[]) => progressOf(saga, mode, pastOf(...names));
const waitText = ({ kind, step, isSuspended, delivery }: SagaWait): string => {
  const way = delivery ? ` ${shortName(delivery.event.type ?? '')}: ${delivery.from} to ${delivery.to}` : '';
  return `${kind} ${step.name}${isSuspended ? ' (suspended)' : ''}${way}`;
};
const aheadText = (each: Ahead): string =>
  each.kind === 'END' ? shortName(each.end.event) : `${each.kind === 'UNDO' ? 'undo ' : ''}${each.step.name}`;

interface Expected {
  /** Of the steps that are not NOT_NEEDED. */
  readonly steps: string;
  readonly waits: readonly string[];
  readonly ahead: readonly string[];
}

const given = (mode: Mode, ...names: readonly string[]) => ({
  is(expected: Expected): void {
    const now = progress(mode, ...names);
    const waits = waitsOf(now);
    const steps = now.steps.filter(({ state }) => state !== 'NOT_NEEDED');
    assert.deepEqual(
      {
        steps: steps.map(({ step, state }) => `${step.name} ${state}`).join(', '),
        waits: waits.map(waitText),
        ahead: aheadOf(now, waits).map(aheadText),
      },
      expected,
    );
  },
});

const forward = ['charge', 'OrderCompleted', 'confirm'];
const reservedBy = ['OrderCreated', 'ItemsReserved', 'OrderItemsReserved'];
const completedBy = [...reservedBy, 'PaymentStarted', 'PaymentProcessed', 'OrderPaid', 'OrderCompleted'];

describe("a saga's progress, by choreography", () => {
  const choreographed = (...names: readonly string[]) => given('CHOREOGRAPHY', ...names);

  it('begins with the work that its start asks for, which has to reach who does it', () =>
    choreographed('OrderCreated').is({
      steps: 'reserve OPEN',
      waits: ['WORK reserve OrderCreated: order to catalog'],
      ahead: forward,
    }));

  it('goes on where it is done, and waits for the news of it too', () =>
    choreographed('OrderCreated', 'ItemsReserved').is({
      steps: 'reserve SUCCEEDED, charge OPEN',
      waits: [
        'WORK charge ItemsReserved: catalog to payment',
        'NEWS reserve ItemsReserved: catalog to order',
      ],
      ahead: ['OrderCompleted', 'confirm'],
    }));

  it('has nothing on its way where the service says that it has begun', () =>
    choreographed(...reservedBy, 'PaymentStarted').is({
      steps: 'reserve SUCCEEDED, charge OPEN',
      waits: ['WORK charge'],
      ahead: ['OrderCompleted', 'confirm'],
    }));

  it('waits for news of the last step, of either outcome', () => {
    choreographed(...reservedBy, 'PaymentStarted', 'PaymentProcessed').is({
      steps: 'reserve SUCCEEDED, charge SUCCEEDED',
      waits: ['NEWS charge PaymentProcessed: payment to order'],
      ahead: ['OrderCompleted', 'confirm'],
    });
    choreographed(...reservedBy, 'PaymentStarted', 'PaymentFailed').is({
      steps: 'reserve SUCCEEDED, charge FAILED',
      waits: ['NEWS charge PaymentFailed: payment to order'],
      ahead: ['OrderCancelled', 'undo reserve'],
    });
  });

  it('waits for the news of the reservation if that of the payment came first', () =>
    choreographed('OrderCreated', 'ItemsReserved', 'PaymentStarted', 'PaymentProcessed', 'OrderPaid').is({
      steps: 'reserve SUCCEEDED, charge SUCCEEDED',
      waits: ['NEWS reserve ItemsReserved: catalog to order'],
      ahead: ['OrderCompleted', 'confirm'],
    }));

  it('stands still with its step, and goes on when that is settled', () => {
    choreographed(...reservedBy, 'PaymentStarted', 'PaymentNeedsReview', 'OrderNeedsReview').is({
      steps: 'reserve SUCCEEDED, charge SUSPENDED',
      waits: ['WORK charge (suspended)'],
      ahead: ['OrderCompleted', 'confirm'],
    });
    const resolved = ['PaymentNeedsReview', 'OrderNeedsReview', 'PaymentReviewResolved', 'PaymentProcessed'];
    choreographed(...reservedBy, 'PaymentStarted', ...resolved).is({
      steps: 'reserve SUCCEEDED, charge SUCCEEDED',
      waits: ['NEWS charge PaymentProcessed: payment to order'],
      ahead: ['OrderCompleted', 'confirm'],
    });
  });

  it('has work left after an end, and then none', () => {
    choreographed(...completedBy).is({
      steps: 'reserve SUCCEEDED, charge SUCCEEDED, confirm OPEN',
      waits: ['WORK confirm OrderCompleted: order to catalog'],
      ahead: [],
    });
    choreographed(...completedBy, 'ReservationConfirmed').is({
      steps: 'reserve SUCCEEDED, charge SUCCEEDED, confirm SUCCEEDED',
      waits: [],
      ahead: [],
    });
  });

  it('ends at once where nothing was done', () =>
    choreographed('OrderCreated', 'ReserveFailed', 'OrderRejected').is({
      steps: 'reserve FAILED',
      waits: [],
      ahead: [],
    }));

  it('undoes what was done', () => {
    const cancelled = [...reservedBy, 'PaymentStarted', 'PaymentFailed', 'OrderCancelled'];
    choreographed(...cancelled).is({
      steps: 'reserve UNDOING, charge FAILED',
      waits: ['UNDO reserve OrderCancelled: order to catalog'],
      ahead: [],
    });
    choreographed(...cancelled, 'ReservationReleased').is({
      steps: 'reserve UNDONE, charge FAILED',
      waits: [],
      ahead: [],
    });
  });

  it('waits for nothing but the answer once it is asked to end', () => {
    const asked = [...reservedBy, 'PaymentStarted', 'OrderCancellationRequested'];
    choreographed(...asked).is({
      steps: 'reserve SUCCEEDED, charge OPEN, cancel OPEN',
      waits: ['WORK cancel OrderCancellationRequested: order to payment'],
      ahead: ['OrderCancelled', 'undo reserve'],
    });
    choreographed(...asked, 'PaymentCancellationRequested', 'PaymentProcessed', 'PaymentRefundStarted').is({
      steps: 'reserve SUCCEEDED, charge SUCCEEDED, cancel OPEN',
      waits: ['WORK cancel'],
      ahead: ['OrderCancelled', 'undo reserve'],
    });
    choreographed(...asked, 'PaymentFailed').is({
      steps: 'reserve SUCCEEDED, charge FAILED, cancel OPEN',
      waits: ['NEWS charge PaymentFailed: payment to order'],
      ahead: ['OrderCancelled', 'undo reserve'],
    });
    choreographed(...asked, 'PaymentVoided', 'OrderCancelled', 'ReservationReleased').is({
      steps: 'reserve UNDONE, cancel SUCCEEDED',
      waits: [],
      ahead: [],
    });
  });

  it('is refunded after it was completed, through refusals', () => {
    const refund = [
      ...completedBy,
      'ReservationConfirmed',
      'OrderCancellationRequested',
      'PaymentRefundStarted',
    ];
    choreographed(...refund).is({
      steps: 'reserve SUCCEEDED, charge SUCCEEDED, confirm SUCCEEDED, cancel OPEN',
      waits: ['WORK cancel'],
      ahead: ['OrderRefunded', 'return'],
    });
    choreographed(...refund, 'PaymentRefundFailed').is({
      steps: 'reserve SUCCEEDED, charge SUCCEEDED, confirm SUCCEEDED, cancel SUSPENDED',
      waits: ['WORK cancel (suspended)'],
      ahead: ['OrderRefunded', 'return'],
    });
    choreographed(...refund, 'PaymentRefundFailed', 'PaymentRefundStarted', 'PaymentRefunded').is({
      steps: 'reserve SUCCEEDED, charge SUCCEEDED, confirm SUCCEEDED, cancel SUCCEEDED',
      waits: ['NEWS cancel PaymentRefunded: payment to order'],
      ahead: ['OrderRefunded', 'return'],
    });
    choreographed(...refund, 'PaymentRefunded', 'OrderRefunded').is({
      steps: 'reserve SUCCEEDED, charge SUCCEEDED, confirm SUCCEEDED, cancel SUCCEEDED, return OPEN',
      waits: ['WORK return OrderRefunded: order to catalog'],
      ahead: [],
    });
  });

  it('begins nothing by what comes late, after an end', () =>
    choreographed(
      'OrderCreated',
      'OrderCancellationRequested',
      'PaymentVoided',
      'OrderCancelled',
      'ItemsReserved',
    ).is({
      steps: 'reserve UNDOING, cancel SUCCEEDED',
      waits: ['UNDO reserve OrderCancelled: order to catalog'],
      ahead: [],
    }));

  it('gives back what was captured after an end', () =>
    choreographed(
      'OrderCreated',
      'ReserveFailed',
      'OrderRejected',
      'PaymentProcessed',
      'OrderCancellationRequested',
    ).is({
      steps: 'reserve FAILED, charge SUCCEEDED, cancel OPEN',
      waits: ['WORK cancel OrderCancellationRequested: order to payment'],
      ahead: [],
    }));
});

describe("a saga's progress, in the other modes", () => {
  it('has a step begun where the orchestrator has asked for it', () => {
    given('ORCHESTRATION', 'OrderCreated', 'ReserveItemsRequested').is({
      steps: 'reserve OPEN',
      waits: ['WORK reserve ReserveItemsRequested: order to catalog'],
      ahead: forward,
    });
    given('ORCHESTRATION', 'OrderCreated', 'ReserveItemsRequested', 'ItemsReserved').is({
      steps: 'reserve SUCCEEDED',
      waits: ['NEWS reserve ItemsReserved: catalog to order'],
      ahead: forward,
    });
    given(
      'ORCHESTRATION',
      'OrderCreated',
      'ReserveItemsRequested',
      'ItemsReserved',
      'OrderItemsReserved',
      'ChargeRequested',
    ).is({
      steps: 'reserve SUCCEEDED, charge OPEN',
      waits: ['WORK charge ChargeRequested: order to payment'],
      ahead: ['OrderCompleted', 'confirm'],
    });
  });

  it('undoes and repeats what the orchestrator has asked for', () => {
    given(
      'ORCHESTRATION',
      ...reservedBy,
      'ChargeRequested',
      'PaymentFailed',
      'OrderCancelled',
      'ReleaseRequested',
    ).is({
      steps: 'reserve UNDOING, charge FAILED',
      waits: ['UNDO reserve ReleaseRequested: order to catalog'],
      ahead: [],
    });
    given('ORCHESTRATION', ...reservedBy, 'OrderCancellationRequested', 'CancelPaymentRequested').is({
      steps: 'reserve SUCCEEDED, cancel OPEN',
      waits: ['WORK cancel CancelPaymentRequested: order to payment'],
      ahead: ['OrderCancelled', 'undo reserve'],
    });
    given('ORCHESTRATION', ...completedBy, 'ConfirmRequested').is({
      steps: 'reserve SUCCEEDED, charge SUCCEEDED, confirm OPEN',
      waits: ['WORK confirm ConfirmRequested: order to catalog'],
      ahead: [],
    });
  });

  it('has nothing on its way where the owner calls', () => {
    given('DIRECT', 'OrderCreated').is({ steps: 'reserve OPEN', waits: ['WORK reserve'], ahead: forward });
    given('DIRECT', ...reservedBy).is({
      steps: 'reserve SUCCEEDED, charge OPEN',
      waits: ['WORK charge'],
      ahead: ['OrderCompleted', 'confirm'],
    });
    given('DIRECT', ...reservedBy, 'PaymentStarted', 'PaymentFailed', 'OrderCancelled').is({
      steps: 'reserve UNDOING, charge FAILED',
      waits: ['UNDO reserve'],
      ahead: [],
    });
  });
});

describe("a saga's past", () => {
  const event = (eventId: string, service: string, ms: number, causeId?: string): PastEvent => ({
    eventId,
    type: undefined,
    service,
    time: new Date(START_MS + ms),
    causeId,
    causeService: undefined,
  });

  it('has each event after its cause, although the clocks differ, and each history in its own order', () => {
    const merged = mergePast([
      [event('o1', 'order', 100), event('o2', 'order', 300, 'c1'), event('o3', 'order', 250)],
      [event('c1', 'catalog', 50, 'o1')],
      [event('p1', 'payment', 40, 'c1'), event('p2', 'payment', 260, 'elsewhere')],
    ]);
    assert.deepEqual(
      merged.map(({ eventId }) => eventId),
      ['o1', 'c1', 'p1', 'p2', 'o2', 'o3'],
    );
  });

  it('knows of a service that does not answer what came of its events, where that leaves no doubt', () => {
    const caused = (name: string, causeId: string, causeService: string): PastEvent => ({
      ...(pastOf(name)[0] as PastEvent),
      causeId,
      causeService,
    });
    const own = [
      ...pastOf('OrderCreated'),
      caused('OrderItemsReserved', 'r', 'catalog'),
      caused('OrderPaid', 'p', 'payment'),
      caused('OrderCompleted', 'p', 'payment'),
    ];
    const told = (own: readonly PastEvent[], ...services: readonly string[]) =>
      withInferred(saga, own, services).map(({ eventId, type }) => `${eventId} ${type && shortName(type)}`);
    assert.deepEqual(told(own, 'catalog', 'payment'), [
      '0 OrderCreated OrderCreated',
      'r ItemsReserved',
      '0 OrderItemsReserved OrderItemsReserved',
      'p PaymentProcessed',
      '0 OrderPaid OrderPaid',
      '0 OrderCompleted OrderCompleted',
    ]);
    assert.equal(told(own, 'payment').length, 5);
    // By the answer to a call of its own: the definition alone tells.
    const called = own.map((event) => ({ ...event, causeService: 'order' }));
    assert.deepEqual(
      told(called, 'catalog', 'payment').filter((text) => text.startsWith('undefined')),
      ['undefined ItemsReserved', 'undefined PaymentProcessed'],
    );
    const cancelled = [...pastOf('OrderCreated'), caused('OrderCancelled', 'p', 'payment')];
    assert.equal(told(cancelled, 'payment')[1], 'p undefined');
  });
});
