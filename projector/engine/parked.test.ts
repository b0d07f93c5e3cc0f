import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it } from 'mocha';
import { pino } from 'pino';
import { type ErrorCode, OrderlogError } from '../../platform/errors.ts';
import { createLru } from '../../platform/lru.ts';
import { analyticsProjection } from '../analytics/projection.ts';
import type { CountedOrder } from '../analytics/state.ts';
import { recordsOf, stories } from '../analytics/stories.testing.ts';
import { retryParked } from './apply.ts';
import { type FoldedBatch, refold } from './fold.ts';
import type { EventRecord } from './projection.ts';
import type { OpenTarget, Place } from './target.ts';

type History = (orderId: string) => Promise<readonly EventRecord[]>;

const foldOf = (history: History) => ({
  ...analyticsProjection({ getOrderHistory: () => Promise.reject(new Error('not asked')) }),
  history,
});
const told: History = async (id) => recordsOf(id, stories.completes);
const failing = (code: ErrorCode) => () => Promise.reject(new OrderlogError(code, code, 'no'));

const place: Place = { sequence: 9, lastEventId: undefined, streamEpoch: 1 };

/** That so many orders are parked in, and what is committed to it. */
function targetOf(count: number) {
  const commits: FoldedBatch<CountedOrder>[] = [];
  const target: OpenTarget<CountedOrder> = {
    cache: createLru(0),
    load: async () => new Map(),
    place: () => place,
    written: () => place,
    writeDueMs: () => 0,
    parked: async () =>
      Array.from({ length: count }, (_, n) => ({ streamId: `o-${n}`, version: 1, sequence: n, reason: '' })),
    stage: (batch) => async () => void commits.push(batch),
    leave: async () => undefined,
  };
  const mended = () => commits.flatMap(({ changed }) => [...changed.keys()]);
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

describe('parked aggregates at a start', () => {
  it('are mended many together', async () => {
    const { target, commits, mended } = targetOf(100);
    const { seen, fold } = counted(told);
    await retryParked(fold, target, logger);
    assert.equal(new Set(mended()).size, 100);
    assert(commits.length <= 10, `${commits.length} commits`);
    assert(seen.atOnce > 1 && seen.atOnce <= 50, `${seen.atOnce} asked at once`);
  });

  it('stay parked where they cannot be mended, and keep back no other', async () => {
    const { target, mended } = targetOf(30);
    const gone = failing('NOT_FOUND');
    await retryParked(
      foldOf((id) => (id.endsWith('5') ? gone() : told(id))),
      target,
      logger,
    );
    assert.equal(mended().length, 27);
  });

  it('do not keep the log waiting for a service that does not answer', async () => {
    for (const code of ['UNAVAILABLE', 'PERMISSION_DENIED'] as const) {
      const { target, commits } = targetOf(1_000);
      const { seen, fold } = counted(failing(code));
      await retryParked(fold, target, logger);
      assert.equal(commits.length, 0);
      assert(seen.asked <= 50, `asked ${seen.asked} times`);
    }
  });
});

describe('an aggregate whose history is needed', () => {
  it('is not to blame where its service refuses to tell it', async () => {
    for (const code of ['UNAUTHENTICATED', 'PERMISSION_DENIED', 'UNIMPLEMENTED'] as const) {
      await assert.rejects(refold(foldOf(failing(code)), 'o-1', 3), /its service refuses to tell it/);
    }
  });

  it('cannot be folded where its service does not know it', async () => {
    assert.deepEqual(await refold(foldOf(failing('NOT_FOUND')), 'o-1', 3), {
      reason: 'its history cannot be had: no',
    });
  });
});
