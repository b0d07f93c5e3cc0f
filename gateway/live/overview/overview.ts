/**
 * The overview of what flows through the system: put together once for all who look, and only while somebody does. A viewer that is
 * slow gets the newest, and misses what came between.
 */
import { OrderlogError } from '../../../platform/errors.ts';
import type { LogConnection } from '../../../platform/log/connection.ts';
import type { ReadModelLag } from '../../metrics/readModelLag.ts';
import type { OrderQueries } from '../../queries/orderQueries.ts';
import type { OrderReadModel } from '../../queries/orderReadModel.ts';
import type { Readiness } from '../../readiness.ts';
import type { Feed } from '../feed.ts';
import { type Broadcast, startBroadcast } from './broadcast.ts';
import type { LiveDocument } from './document.ts';
import type { ParkedClient } from './looks.ts';

export interface OverviewSources {
  readonly feeds: readonly { readonly stream: string; readonly feed: Feed }[];
  readonly connection: Promise<LogConnection>;
  readonly queries: Pick<OrderQueries, 'searchOrders'>;
  /** Unset: reads come from the aggregates. */
  readonly model?: Pick<OrderReadModel, 'progress'>;
  /** As the projector measures it. */
  readonly measuredLag?: () => Promise<ReadModelLag>;
  readonly readiness: Readiness;
  /** By service. */
  readonly ops: Readonly<Record<string, ParkedClient>>;
}

export interface Overview {
  /**
   * The document now, then whenever it has changed, until the signal. Throws OrderlogError when it is closed, or too many look, or
   * the signal's reason.
   */
  view(signal: AbortSignal): AsyncGenerator<LiveDocument>;
  close(): Promise<void>;
}

export interface OverviewOptions {
  readonly everyMs?: number;
  readonly lingerMs?: number;
  readonly maxViewers?: number;
}

const EVERY_MS = 500;
/** Who reloads a page finds the counts that he left. */
const LINGER_MS = 30_000;
const MAX_VIEWERS = 200;
const FULL_RETRY_MS = 5_000;
const STOPPING_RETRY_MS = 1_000;

export function createOverview(
  sources: OverviewSources,
  { everyMs = EVERY_MS, lingerMs = LINGER_MS, maxViewers = MAX_VIEWERS }: OverviewOptions = {},
): Overview {
  const closing = new AbortController();
  let viewers = 0;
  let broadcast: Broadcast | undefined;
  let lingering: NodeJS.Timeout | undefined;

  async function stop(): Promise<void> {
    clearTimeout(lingering);
    const stopped = broadcast;
    broadcast = undefined;
    await stopped?.stop();
  }

  async function* documents(signal: AbortSignal): AsyncGenerator<LiveDocument> {
    broadcast ??= startBroadcast(sources, everyMs);
    const watched = broadcast;
    const until = AbortSignal.any([signal, closing.signal]);
    for (let told = 0; ; ) {
      const edition = await watched.after(told, until);
      if (closing.signal.aborted) throw stopping();
      signal.throwIfAborted();
      if (!edition) continue;
      told = edition.number;
      yield edition.document;
    }
  }

  async function* view(signal: AbortSignal): AsyncGenerator<LiveDocument> {
    if (closing.signal.aborted) throw stopping();
    if (viewers >= maxViewers) throw full(maxViewers);
    viewers += 1;
    clearTimeout(lingering);
    try {
      yield* documents(signal);
    } finally {
      viewers -= 1;
      if (viewers === 0) lingering = setTimeout(() => void stop(), lingerMs).unref();
    }
  }

  return {
    view(signal) {
      const viewed = view(signal);
      // Whether or not anybody asks for another one.
      signal.addEventListener('abort', () => void viewed.return(undefined), { once: true });
      return viewed;
    },
    async close() {
      closing.abort();
      await stop();
    },
  };
}

const full = (max: number) =>
  new OrderlogError(
    'RESOURCE_EXHAUSTED',
    'TOO_MANY_WATCHERS',
    `${max} look at the overview already; look again later`,
    { retryAfterMs: FULL_RETRY_MS },
  );

const stopping = () =>
  new OrderlogError('UNAVAILABLE', 'SERVER_STOPPING', 'the gateway is stopping; look again later', {
    retryAfterMs: STOPPING_RETRY_MS,
  });
