/** Steps of a rebuild: what rebuilding and going back have in common. */
import { endOf } from '../../platform/consume/logPlace.ts';
import { OrderlogError } from '../../platform/errors.ts';
import type { LogConnection } from '../../platform/log/connection.ts';
import { pause } from '../../platform/wait.ts';
import type { Comparison } from './comparison.ts';
import { type Filling, startFilling } from './fill.ts';
import type { Lease } from './lease.ts';
import type { Screen } from './outcome.ts';
import type { CompareOptions, Generation, RebuildStore } from './store.ts';
import { createThrottle } from './throttle.ts';

export interface Surroundings {
  readonly store: RebuildStore;
  readonly connection: LogConnection;
  readonly lease: Lease;
  readonly screen: Screen;
  /** By which it is broken off. */
  readonly signal: AbortSignal;
}

/** Many orders have all of their events in one batch: then they are one document, written once. */
const FETCH = { maxMessages: 5_000, maxBytes: 4 * 1024 * 1024 };
/** So near to the end the rest is a matter of a moment. */
const NEAR = 200;
const LOOK_MS = 100;

export async function liveOf(store: RebuildStore): Promise<Generation> {
  const live = await store.find('live');
  if (live) return live;
  throw nothingThere(
    store.name,
    'there is nothing to rebuild: the projector makes it by itself at its start',
  );
}

export function fill(around: Surroundings, generation: Generation, maxRate: number | undefined): Filling {
  const { store, connection, lease, signal } = around;
  const throttle = createThrottle({
    maxRate,
    async look() {
      const [state, end] = [await store.liveState(), await endOf(connection, store.stream)];
      return { lag: end - (state?.sequence ?? 0), beat: state?.beat ?? '' };
    },
  });
  const maxMessages = Math.min(FETCH.maxMessages, maxRate ?? FETCH.maxMessages);
  return startFilling({
    open: (until) => store.openFeed(generation, { signal: until, limits: { ...FETCH, maxMessages } }),
    throttle,
    signal: AbortSignal.any([signal, lease.signal]),
  });
}

/** With a bar. */
export async function untilNear(around: Surroundings, filling: Filling, what: string): Promise<void> {
  const { store, connection, screen, signal } = around;
  const bar = screen.bar(what);
  try {
    for (let before = Number.POSITIVE_INFINITY; ; ) {
      filling.throwIfEnded();
      // A busy server may not tell in time; where it is gone, filling ends.
      const end = await endOf(connection, store.stream).catch(() => undefined);
      await pause(LOOK_MS, signal);
      if (end === undefined) continue;
      const isNear =
        filling.isOpen && filling.sequence >= Math.min(before, end) && end - filling.sequence <= NEAR;
      before = end;
      if (filling.isOpen) bar.onProgress(isNear ? end : Math.min(filling.sequence, end), end);
      if (isNear) return;
    }
  } finally {
    bar.end();
  }
}

export async function compared(
  { store, screen, signal }: Surroundings,
  live: Generation,
  next: Generation,
  { since = 0, versionsOnly = false }: Partial<Pick<CompareOptions, 'since' | 'versionsOnly'>> = {},
): Promise<Comparison> {
  const bar = screen.bar(`${store.name}: comparing${since > 0 ? ' what changed since' : ''}`);
  try {
    const options = { since, versionsOnly, isAtRest: false, signal, onProgress: bar.onProgress };
    return await store.compare(live, next, options);
  } finally {
    bar.end();
  }
}

export const failed = (reason: string, message: string) =>
  new OrderlogError('FAILED_PRECONDITION', reason, message);

export const nothingThere = (name: string, what: string) => failed('NOTHING_THERE', `${name}: ${what}`);
