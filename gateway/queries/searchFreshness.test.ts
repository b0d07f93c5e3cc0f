import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { ReadOptions } from '../../platform/elasticsearch/readModel.ts';
import { OrderlogError } from '../../platform/errors.ts';
import type { QueryCall } from './freshness.ts';
import type { FoundOrders, OrderReadModel, SearchPage } from './orderReadModel.ts';
import { searchAtLeast } from './searchFreshness.ts';
import { nothingFound } from './searchIndex.ts';

const SEARCH_MS = 50;

/** Has version 2 of every order from then on; a search takes SEARCH_MS, and finds version 1. */
const modelOf = (readyAt: number): OrderReadModel => ({
  read: async () =>
    ({ version: Date.now() >= readyAt ? 2 : 1 }) as Awaited<ReturnType<OrderReadModel['read']>>,
  progress: async () => 7,
  async search(_page, { timeoutMs }: ReadOptions): Promise<FoundOrders> {
    if (timeoutMs < SEARCH_MS) throw new OrderlogError('UNAVAILABLE', 'READ_MODEL_UNAVAILABLE', 'no answer');
    return { ...nothingFound, soughtVersion: 1, sequence: 7 };
  },
  refresh: async () => undefined,
});

describe('a search for which a write was waited for', () => {
  it('says how far it is where the write came late', async function () {
    this.timeout(10_000);
    const deadline = new Date(Date.now() + 2_000);
    const call = { deadline, signal: new AbortController().signal } as QueryCall;
    // Searches are repeated until 500 ms before the deadline, and the write is waited for until 200 ms before it.
    const model = modelOf(deadline.getTime() - 450);
    const searched = searchAtLeast(model, {} as SearchPage, { orderId: 'a', version: 2 }, call);
    await assert.rejects(searched, {
      reason: 'READ_MODEL_BEHIND',
      message: /has version 2 of order a, and a search finds its version 1/,
    });
  });
});
