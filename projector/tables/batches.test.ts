import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { LogMessage } from '../../platform/log/headers.ts';
import { createLru } from '../../platform/lru.ts';
import { analyticsProjection } from '../analytics/projection.ts';
import type { CountedOrder } from '../analytics/state.ts';
import { recordsOf, stories } from '../analytics/stories.testing.ts';
import { applyBatch } from '../engine/apply.ts';
import type { Folded } from '../engine/fold.ts';
import type { EventRecord } from '../engine/projection.ts';
import type { OpenTarget, Place } from '../engine/target.ts';
import { createTally, type Tally } from './sums.ts';

const histories = new Map<string, readonly EventRecord[]>();
const projection = {
  ...analyticsProjection({ getOrderHistory: () => Promise.reject(new Error('not asked')) }),
  history: async (orderId: string) => histories.get(orderId) ?? [],
};

/** Commits as the tables do, in memory. */
function memoryTarget(): OpenTarget<CountedOrder> & { readonly tally: Tally } {
  const states = new Map<string, Folded<CountedOrder>>();
  const tally = createTally();
  let place: Place = { sequence: 0, lastEventId: undefined, streamEpoch: 1 };
  return {
    tally,
    cache: createLru(0),
    load: async (ids) =>
      new Map(
        ids.flatMap((id) => {
          const state = states.get(id);
          return state ? [[id, state]] : [];
        }),
      ),
    place: () => place,
    written: () => place,
    writeDueMs: () => 0,
    parked: async () => [],
    stage:
      ({ changed }) =>
      async (to) => {
        for (const [id, { state, version, stored }] of changed) {
          if (stored) tally.subtract(projection.contributions(stored));
          tally.add(projection.contributions(state));
          states.set(id, { state, version });
        }
        place = to;
      },
    leave: async () => undefined,
  };
}

const rowsOf = (tally: Tally) =>
  Object.keys(projection.tables).flatMap((table) =>
    tally
      .rows(table)
      .map(({ key, sums }) => `${table} ${key.join(' ')}: ${sums.join(' ')}`)
      .sort(),
  );

const messageOf = (record: EventRecord, sequence: number): LogMessage => ({
  ...record,
  stream: 'ORDERS',
  sequence,
  subject: '',
  partition: 0,
  prev: 0,
  epoch: 1,
  cause: undefined,
  traceparent: undefined,
});

const names = Object.keys(stories) as (keyof typeof stories)[];
/** Some orders, their events shuffled together but each order's in turn; and how the log is cut, and what of it is repeated. */
const logs = fc.record({
  orders: fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 8 }),
  picks: fc.infiniteStream(fc.nat()),
  batchSizes: fc.infiniteStream(fc.integer({ min: 1, max: 7 })),
  again: fc.infiniteStream(fc.nat({ max: 9 })),
});

describe('sums over states', () => {
  it('are the same wherever the log is cut, and whatever comes twice', async () => {
    await fc.assert(
      fc.asyncProperty(logs, async ({ orders, picks, batchSizes, again }) => {
        const queues = orders.map((name, n) => recordsOf(`order-${n}`, stories[name]));
        for (const [n, records] of queues.entries()) histories.set(`order-${n}`, [...records]);
        const log = interleave(queues, picks, again);
        const target = memoryTarget();
        for (let at = 0; at < log.length; ) {
          const size = batchSizes.next().value ?? 1;
          const batch = log.slice(at, at + size).map((record, n) => messageOf(record, at + n + 1));
          await (await applyBatch(projection, target, batch))();
          at += size;
        }
        const expected = createTally();
        for (const records of histories.values()) expected.add(projection.contributions(foldAll(records)));
        histories.clear();
        assert.deepEqual(rowsOf(target.tally), rowsOf(expected));
        assert.equal(target.place().sequence, log.length);
      }),
    );
  });
});

function interleave(
  queues: readonly EventRecord[][],
  picks: Iterator<number>,
  again: Iterator<number>,
): readonly EventRecord[] {
  const log: EventRecord[] = [];
  for (;;) {
    const open = queues.filter((queue) => queue.length > 0);
    if (open.length === 0) return log;
    const next = open[(picks.next().value ?? 0) % open.length]?.shift();
    if (next) log.push(next);
    const repeated = log[log.length - 1 - (again.next().value ?? 0)];
    if (repeated) log.push(repeated);
  }
}

function foldAll(records: readonly EventRecord[]): CountedOrder {
  let state: CountedOrder | undefined;
  for (const { payload, ...record } of records) {
    state = projection.project(state, { ...record, event: projection.codec.decode(record.type, payload) });
  }
  assert(state);
  return state;
}
