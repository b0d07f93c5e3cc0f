import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it } from 'mocha';
import { pino } from 'pino';
import { type ErrorCode, OrderlogError } from '../../platform/errors.ts';
import { createLru } from '../../platform/lru.ts';
import { analyticsProjection } from '../analytics/projection.ts';
import type { CountedOrder } from '../analytics/state.ts';
import { recordsOf, stories } from '../analytics/stories.testing.ts';
import type { FoldedBatch } from './fold.ts';
import { createParkedRetry, type ParkedRetry, type RetryWaits } from './parkedRetry.ts';
import type { EventRecord } from './projection.ts';
import type { OpenTarget, Place } from './target.ts';

type History = (orderId: string) => Promise<readonly EventRecord[]>;

const foldOf = (history: History) => ({
  ...analyticsProjection({ getOrderHistory: () => Promise.reject(new Error('not asked')) }),
  history,
});
const told: History = async (id) => recordsOf(id, stories.completes);
const failing = (code: ErrorCode) => () => Promise.reject(new OrderlogError(code, code, 'no'));
const numberOf = (orderId: string): number => Number(orderId.slice('o-'.length));
/** All but so many of the first are told. */
const failingFirst =
  (count: number, code: ErrorCode): History =>
  (id) =>
    numberOf(id) <= count ? failing(code)() : told(id);

const place: Place = { sequence: 9, lastEventId: undefined, streamEpoch: 1 };

/** That so many orders are parked in, o-1 first, of which it tells `page` at once; and what is committed to it. */
function targetOf(count: number, page = count) {
  const commits: FoldedBatch<CountedOrder>[] = [];
  const mended = () => commits.flatMap(({ refolded }) => [...refolded]);
  const all = Array.from({ length: count }, (_, n) => n + 1).map((sequence) => ({
    streamId: `o-${sequence}`,
    version: 1,
    sequence,
    reason: '',
  }));
  const target: OpenTarget<CountedOrder> = {
    cache: createLru(0),
    load: async () => new Map(),
    place: () => place,
    written: () => place,
    writeDueMs: () => 0,
    async parked(after = 0) {
      const done = new Set(mended());
      return all.filter((each) => each.sequence > after && !done.has(each.streamId)).slice(0, page);
    },
    stage: (batch) => async () => void commits.push(batch),
    leave: async () => undefined,
  };
  return { target, commits, mended };
}

/** How often the history was asked for, and of how many orders at once. */
function counted(history: History) {
  const seen = { asked: 0, atOnce: 0 };
  let open = 0;
  const counting: History = async (id) => {
    seen.asked += 1;
    open += 1;
    seen.atOnce = Math.max(seen.atOnce, open);
    try {
      await sleep(1);
      return await history(id);
    } finally {
      open -= 1;
    }
  };
  return { seen, fold: foldOf(counting) };
}

const logger = pino({ level: 'silent' });
const SELDOM: RetryWaits = { firstMs: 0, restMs: 60_000, roundMs: 60_000 };
const OFTEN: RetryWaits = { firstMs: 0, restMs: 1, roundMs: 1 };

const retryOf = (history: History, target: OpenTarget<CountedOrder>, waits = SELDOM): ParkedRetry =>
  createParkedRetry(foldOf(history), target, logger, waits);

/** As a feed does while nothing comes: until it is so, or nothing is to be done for long. */
async function turns(retry: ParkedRetry, isSo = () => retry.dueMs() > 1_000): Promise<void> {
  for (let n = 0; !isSo(); n += 1) {
    assert.ok(n < 2_000, 'it is not so after 2000 turns');
    await sleep(Math.min(1, retry.dueMs()));
    await retry.turn();
  }
}

describe('parked aggregates', () => {
  it('are mended many together', async () => {
    const { target, commits, mended } = targetOf(100);
    const { seen, fold } = counted(told);
    await turns(createParkedRetry(fold, target, logger, SELDOM));
    assert.equal(new Set(mended()).size, 100);
    assert(commits.length <= 10, `${commits.length} commits`);
    assert(seen.atOnce > 1 && seen.atOnce <= 50, `${seen.atOnce} asked at once`);
  });

  it('stay parked where they cannot be mended, and keep back no other', async () => {
    const { target, mended } = targetOf(30);
    await turns(retryOf((id) => (id.endsWith('5') ? failing('NOT_FOUND')() : told(id)), target));
    assert.equal(mended().length, 27);
  });

  it('have their turn whatever comes of those before, and however many these are', async () => {
    for (const code of ['NOT_FOUND', 'UNAVAILABLE', 'DEADLINE_EXCEEDED'] as const) {
      const { target, mended } = targetOf(100, 30);
      await turns(retryOf(failingFirst(70, code), target, OFTEN), () => mended().length === 30);
    }
  });

  it('are tried again after a while', async () => {
    const { target, mended } = targetOf(3);
    let isAway = true;
    const retry = retryOf((id) => (isAway ? failing('UNAVAILABLE')() : told(id)), target, OFTEN);
    for (let n = 0; n < 10; n += 1) await retry.turn().then(() => sleep(2));
    assert.deepEqual(mended(), []);
    isAway = false;
    await turns(retry, () => mended().length === 3);
  });

  it('are few that a service is asked for which does not answer, and seldom', async () => {
    for (const code of ['UNAVAILABLE', 'PERMISSION_DENIED'] as const) {
      const { target, commits } = targetOf(1_000);
      const { seen, fold } = counted(failing(code));
      await turns(createParkedRetry(fold, target, logger, SELDOM));
      assert.equal(commits.length, 0);
      assert(seen.asked <= 50, `asked ${seen.asked} times`);
    }
  });

  it('do not keep the log waiting, neither for a service that hangs nor for what they are read from', async () => {
    const { target } = targetOf(3);
    const hanging = () => new Promise<never>(() => undefined);
    for (const retry of [retryOf(hanging, target), retryOf(told, { ...target, parked: hanging })]) {
      for (let n = 0; n < 10; n += 1) await retry.turn();
      assert.ok(retry.dueMs() > 0);
    }
  });

  it('are left to the events that came meanwhile', async () => {
    const { target, mended } = targetOf(3);
    const answer = Promise.withResolvers<void>();
    const asked: string[] = [];
    const retry = retryOf(async (id) => {
      asked.push(id);
      await answer.promise;
      return told(id);
    }, target);
    await turns(retry, () => asked.length === 3);
    retry.passed([{ streamId: 'o-2' }]);
    answer.resolve();
    await turns(retry, () => mended().length > 0);
    assert.deepEqual(mended(), ['o-1', 'o-3']);
  });

  it('are looked up again where that failed', async () => {
    const { target, mended } = targetOf(3);
    let isAway = true;
    const parked: typeof target.parked = async (after) => {
      if (isAway) throw new Error('away');
      return target.parked(after);
    };
    const retry = retryOf(told, { ...target, parked }, OFTEN);
    for (let n = 0; n < 10; n += 1) await retry.turn().then(() => sleep(2));
    isAway = false;
    await turns(retry, () => mended().length === 3);
  });
});
