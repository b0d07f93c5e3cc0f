/**
 * The overview of what flows through the system: put together once for all who look, and only while somebody does. A viewer that is
 * slow gets the newest, and misses what came between.
 */
import { EventEmitter, once } from 'node:events';
import { OrderlogError } from '../../../platform/errors.ts';
import type { LogConnection } from '../../../platform/log/connection.ts';
import { pause } from '../../../platform/wait.ts';
import type { OrderQueries } from '../../queries/orderQueries.ts';
import type { OrderReadModel } from '../../queries/orderReadModel.ts';
import type { Readiness } from '../../readiness.ts';
import type { Feed } from '../feed.ts';
import type { LiveDocument } from './document.ts';
import type { ParkedClient } from './looks.ts';
import { startPicture } from './picture.ts';

export interface OverviewSources {
  readonly feeds: readonly { readonly stream: string; readonly feed: Feed }[];
  readonly connection: Promise<LogConnection>;
  readonly queries: Pick<OrderQueries, 'searchOrders'>;
  /** Unset: reads come from the aggregates. */
  readonly model?: Pick<OrderReadModel, 'progress'>;
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
/** What was asked first is mostly there by then. */
const FIRST_LOOK_MS = 1_000;
const FULL_RETRY_MS = 5_000;
const STOPPING_RETRY_MS = 1_000;
const CHANGED = 'changed';

interface Running {
  readonly stop: AbortController;
  readonly ended: Promise<unknown>;
  readonly news: EventEmitter;
  /** Counts the changes. */
  latest: { readonly number: number; readonly document: LiveDocument } | undefined;
}

export function createOverview(
  sources: OverviewSources,
  { everyMs = EVERY_MS, lingerMs = LINGER_MS, maxViewers = MAX_VIEWERS }: OverviewOptions = {},
): Overview {
  const closing = new AbortController();
  let viewers = 0;
  let running: Running | undefined;
  let lingering: NodeJS.Timeout | undefined;

  function start(): Running {
    const stop = new AbortController();
    const picture = startPicture(sources, stop.signal);
    const started: Running = {
      stop,
      ended: Promise.all([picture.ended, keepLooking()]),
      news: new EventEmitter().setMaxListeners(0),
      latest: undefined,
    };
    async function keepLooking(): Promise<void> {
      await Promise.race([picture.looked, pause(FIRST_LOOK_MS, stop.signal)]);
      for (let last = ''; !stop.signal.aborted; await pause(everyMs, stop.signal)) {
        const document = picture.draw();
        const text = JSON.stringify(document, withoutLooks);
        if (text === last) continue;
        last = text;
        started.latest = { number: (started.latest?.number ?? 0) + 1, document };
        started.news.emit(CHANGED);
      }
    }
    return started;
  }

  async function stop(): Promise<void> {
    clearTimeout(lingering);
    const stopped = running;
    running = undefined;
    stopped?.stop.abort();
    await stopped?.ended;
  }

  async function* documents(signal: AbortSignal): AsyncGenerator<LiveDocument> {
    running ??= start();
    const { news } = running;
    const watched = running;
    for (let told = 0; ; ) {
      if (closing.signal.aborted) throw stopping();
      signal.throwIfAborted();
      const { latest } = watched;
      if (latest && latest.number > told) {
        told = latest.number;
        yield latest.document;
        continue;
      }
      const until = AbortSignal.any([signal, closing.signal]);
      await once(news, CHANGED, { signal: until }).catch(() => undefined);
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

/** That somebody looked again changes nothing: `time`, of the whole and of the counts, is when. */
const withoutLooks = (key: string, value: unknown): unknown =>
  key === '' || key === 'readModel' ? value && { ...value, time: '' } : value;

const full = (max: number) =>
  new OrderlogError(
    'RESOURCE_EXHAUSTED',
    'TOO_MANY_WATCHERS',
    `${max} look at the overview already; look again later`,
    {
      retryAfterMs: FULL_RETRY_MS,
    },
  );

const stopping = () =>
  new OrderlogError('UNAVAILABLE', 'SERVER_STOPPING', 'the gateway is stopping; look again later', {
    retryAfterMs: STOPPING_RETRY_MS,
  });
