import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { partitionOf } from '../../../platform/ids.ts';
import { ParkedEvent } from '../../../proto/gen/orderlog/ops/v1/ops_service.ts';
import { hindranceKindToJSON } from '../../../proto/gen/orderlog/order/v1/order_service.ts';
import * as sample from '../domain/samples.testing.ts';
import { at, explained, type Happened, lookOf } from './explain.testing.ts';
import type { Look } from './look.ts';

const placed: Happened = { second: 0, event: sample.orderCreated };
const reserved: readonly Happened[] = [
  placed,
  { second: 1, event: 'ItemsReserved', cause: 'OrderCreated' },
  { second: 2, event: sample.itemsReserved, cause: 'ItemsReserved' },
];
const started: readonly Happened[] = [
  ...reserved,
  { second: 2, event: 'PaymentStarted', cause: 'ItemsReserved' },
];
const paid: readonly Happened[] = [
  ...started,
  { second: 3, event: 'PaymentProcessed', cause: 'PaymentStarted' },
];

const explanationOf = (happened: readonly Happened[], now: number, look: Look) =>
  explained({ happened, now }, look);
const hindrancesOf = (happened: readonly Happened[], now: number, look: Look) =>
  (explanationOf(happened, now, look).waitingFor?.hindrances ?? []).map(({ kind, service, text }) => [
    hindranceKindToJSON(kind).replace('HINDRANCE_KIND_', ''),
    service,
    text,
  ]);

const relay = (outboxDepth: bigint, oldestTime: Date | undefined, error = '') => ({
  relay: { answer: { outboxDepth, oldestTime, error } },
});
const range = (stream: string, more: { sequence?: bigint; ownerId?: string; error?: string }) => ({
  consumers: {
    answer: [
      {
        consumer: `a consumer of ${stream}`,
        stream,
        firstPartition: 0,
        lastPartition: 255,
        sequence: 10n,
        streamLastSequence: 10n,
        ownerId: 'somebody',
        parkedAggregates: 0n,
        error: '',
        ...more,
      },
    ],
  },
});

describe('what keeps an order waiting', () => {
  it('is nothing that is known where all is well', () =>
    assert.deepEqual(hindrancesOf([placed], 60, lookOf()), []));

  it('is the provider: how often it was asked, why in vain, and when again', () => {
    const call = {
      createTime: at(2),
      attempts: 7,
      nextAttemptTime: at(95),
      lastError: 'its breaker is open',
    };
    assert.deepEqual(hindrancesOf(started, 90, lookOf({}, { call })), [
      [
        'PROVIDER',
        'payment',
        'the payment provider was asked 7 times since 2026-01-02 03:04:07 UTC without a definite answer (its breaker is open); it is asked again at 2026-01-02 03:05:40 UTC',
      ],
    ]);
    const { waitingFor, summary } = explanationOf(started, 90, lookOf({}, { call }));
    assert.deepEqual(waitingFor?.hindrances[0]?.nextAttemptTime, at(95));
    assert.equal(waitingFor?.hindrance, waitingFor?.hindrances[0]?.text);
    assert.match(summary, /What keeps it: the payment provider was asked 7 times/);
    const first = { createTime: at(2), attempts: 1, nextAttemptTime: undefined, lastError: '' };
    assert.deepEqual(hindrancesOf(started, 3, lookOf({}, { call: first })), []);
    assert.match(
      hindrancesOf(started, 20, lookOf({}, { call: first }))[0]?.[2] ?? '',
      /was asked once since .* without a definite answer; it is being asked now$/,
    );
  });

  it('is an operator who has to find out', () => {
    const review: readonly Happened[] = [
      ...started,
      { second: 30, event: 'PaymentNeedsReview', cause: 'PaymentStarted' },
      { second: 31, event: sample.needsReview, cause: 'PaymentNeedsReview' },
    ];
    assert.deepEqual(hindrancesOf(review, 60, lookOf()), [
      [
        'REVIEW',
        'payment',
        'the payment provider does not say whether it took the money (the provider did not answer for 23 hours)',
      ],
    ]);
  });

  it('is a parked event, wherever it is, and what waits behind it', () => {
    const event = ParkedEvent.fromPartial({
      type: 'orderlog.payment.v1.PaymentProcessed',
      stream: 'PAYMENTS',
      sequence: 17n,
      attempts: 3,
      error: 'it lacks amount',
      parkTime: at(4),
      waiting: 1,
    });
    const behind = ParkedEvent.fromPartial({ ...event, ahead: 1, waiting: 0 });
    const look = lookOf({ order: { parked: { answer: [event, behind] } } });
    assert.deepEqual(hindrancesOf(paid, 60, look), [
      [
        'PARKED_EVENT',
        'order',
        'the Order service could not handle PaymentProcessed (PAYMENTS 17) and has parked it (tried 3 times: it lacks amount); 1 later event about the order must wait behind it',
      ],
    ]);
  });

  it('is a relay that has not published what is committed', () => {
    const look = (...args: Parameters<typeof relay>) => lookOf({ order: relay(...args) });
    assert.deepEqual(hindrancesOf([placed], 60, look(3n, at(0), 'NATS is away')), [
      [
        'RELAY',
        'order',
        'the Order service has 3 events that it could not publish yet, the oldest since 2026-01-02 03:04:05 UTC: NATS is away',
      ],
    ]);
    assert.deepEqual(hindrancesOf([placed], 1, look(3n, at(0))), [], 'too young to tell');
    assert.deepEqual(hindrancesOf([placed], 60, look(1n, at(50))), [], 'its own is published');
    assert.deepEqual(hindrancesOf(paid, 60, look(3n, at(0))), [], 'nothing of this service is on its way');
  });

  it('is a consumer that does not read, or is behind', () => {
    const look = (more: Parameters<typeof range>[1]) => lookOf({ catalog: range('ORDERS', more) });
    assert.deepEqual(hindrancesOf([placed], 60, look({ sequence: 6n })), [
      ['CONSUMER', 'catalog', 'the Catalog service has 4 events of the Order service still to read'],
    ]);
    assert.deepEqual(hindrancesOf([placed], 1, look({ sequence: 6n })), [], 'too young to tell');
    assert.match(
      hindrancesOf([placed], 1, look({ error: 'a hole' }))[0]?.[2] ?? '',
      /^the Catalog service does not read the events of the Order service now: a hole$/,
    );
    assert.match(
      hindrancesOf([placed], 60, look({ ownerId: '' }))[0]?.[2] ?? '',
      /: none of its processes has taken it up$/,
    );
    const other = { firstPartition: 0, lastPartition: partitionOf(sample.ORDER_ID) - 1, sequence: 0n };
    assert.deepEqual(hindrancesOf([placed], 60, look(other)), [], 'another part of the stream');
  });

  it('is a service that is down, or lacks what it needs, where the order needs it', () => {
    const down = { health: { failure: 'nobody answers' } };
    assert.deepEqual(hindrancesOf([placed], 60, lookOf({ catalog: down, payment: down })), [
      ['SERVICE_DOWN', 'catalog', 'the Catalog service does not answer (nobody answers)'],
    ]);
    const lacks = { health: { answer: { serves: true, missing: ['nats'] } } };
    assert.match(
      hindrancesOf([placed], 60, lookOf({ catalog: lacks }))[0]?.[2] ?? '',
      /in full now: it cannot use nats$/,
    );
    const closed = { health: { answer: { serves: false, missing: [] } } };
    assert.match(
      hindrancesOf([placed], 60, lookOf({ catalog: closed }))[0]?.[2] ?? '',
      /does not serve now$/,
    );
  });

  it('is a call of the direct saga that is not answered', () => {
    const task = { createdAt: at(0), attempts: 3, nextAttemptAt: at(61), error: 'Catalog does not answer' };
    const look = lookOf({}, { openCalls: { answer: [{ service: 'catalog', task }] } });
    assert.deepEqual(hindrancesOf([placed], 60, look), [
      [
        'CALL',
        'catalog',
        '3 calls to the Catalog service since 2026-01-02 03:04:05 UTC without an answer (Catalog does not answer); it is called again at 2026-01-02 03:05:06 UTC',
      ],
    ]);
  });

  it('is a deadline that has passed and must not act yet', () => {
    const waitingFor = 'the watermark of PAYMENTS, which stands still';
    const look = lookOf({}, { timers: { answer: { horizon: undefined, waitingFor } } });
    const [found] = hindrancesOf(started, 1_000, look);
    assert.deepEqual(found?.slice(0, 2), ['DEADLINE_HELD', 'order']);
    assert.match(found?.[2] ?? '', /it waits for the watermark of PAYMENTS, which stands still$/);
    assert.match(
      explanationOf(started, 1_000, look).summary,
      /Its deadline was .*: it is about to be cancelled\./,
    );
    assert.deepEqual(hindrancesOf(started, 60, look), []);
  });

  it('is said to be unknown where it could not be found out', () => {
    const failure = 'no answer within 1 s';
    const seen = { relay: { failure }, consumers: { failure }, parked: { failure } };
    assert.deepEqual(
      explanationOf([placed], 60, lookOf({ catalog: seen }, { timers: { failure } })).notKnown,
      [
        'It is not known how many events of the Catalog service wait to be published (no answer within 1 s)',
        'It is not known how far the Catalog service has read (no answer within 1 s)',
        'It is not known whether the Catalog service has parked an event of the order (no answer within 1 s)',
        'It is not known what deadlines wait for (no answer within 1 s)',
      ],
    );
  });
});
