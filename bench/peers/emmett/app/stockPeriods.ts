/**
 * Commands upon an item's stock, in whichever period it is (stock.ts), each of them a stream.
 *
 * In emmett's favour: commands for one item wait for one another within this process, which costs less than conflicts and
 * repeats. That they see one another's changes is still the store's check of versions, whichever process they come from.
 */
import {
  DeciderCommandHandler,
  type EventStore,
  isExpectedVersionConflictError,
} from '@event-driven-io/emmett';
import type { Item } from '../../workload.ts';
import {
  decider,
  evolve,
  initialState,
  type StockCommand,
  type StockEvent,
  type StockState,
} from './stock.ts';

/** Where another process wants the same item; the docs' `{ onVersionConflict: true }` gives up after three tries. */
const TRIES = 20;
const FIRST_PAUSE_MS = 5;
const MAX_PAUSE_MS = 100;

const retry = {
  onVersionConflict: {
    shouldRetryError: isExpectedVersionConflictError,
    retries: TRIES,
    minTimeout: FIRST_PAUSE_MS,
    maxTimeout: MAX_PAUSE_MS,
    randomize: true,
  },
};

const handle = DeciderCommandHandler({ ...decider, retry });

const streamOf = (sku: string, period: number): string => `stock-${sku}-${period}`;

/** By SKU: the last period that is known. One that has been closed leads on to the next, so an old one does no harm. */
const periods = new Map<string, number>();

/** The item after the command; undefined where it gave no event. */
export const handleStock = (
  store: EventStore,
  sku: string,
  command: StockCommand,
): Promise<Item | undefined> =>
  inTurn(sku, async () => {
    for (;;) {
      const period = periods.get(sku) ?? 0;
      const { newEvents, newState } = await handle(store, streamOf(sku, period), command);
      if (newState.status === 'closed') await openNext(store, sku, period + 1, newState.item);
      if (newEvents.length > 0) return newState.status === 'none' ? undefined : newState.item;
      if (newState.status !== 'closed') return undefined;
    }
  });

async function openNext(store: EventStore, sku: string, period: number, item: Item): Promise<void> {
  await handle(store, streamOf(sku, period), { type: 'OpenPeriod', data: item });
  periods.set(sku, period);
}

/** Undefined: there is no such item. */
export async function stockOf(store: EventStore, sku: string): Promise<Item | undefined> {
  let balance: Item | undefined;
  for (let period = periods.get(sku) ?? 0; ; period++) {
    const stream = streamOf(sku, period);
    const { state } = await store.aggregateStream<StockState, StockEvent>(stream, { evolve, initialState });
    if (state.status === 'open') return state.item;
    // It may be that nobody has opened the next one yet.
    if (state.status === 'none') return balance;
    balance = state.item;
  }
}

const last = new Map<string, Promise<unknown>>();

/** What has the same key is done one after the other, whatever came of the one before. */
function inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
  const own = (last.get(key) ?? Promise.resolve()).then(work, work);
  last.set(key, own);
  return own;
}
