/**
 * Follows the watermarks of the streams that a service reads, tells up to which time its timers may fire, and, where the
 * relay leads, puts the watermark of its own stream, about every second (watermark.ts says what it means).
 *
 * Leadership only spares doubled work: what is put is true whoever puts it, as long as the log gate is open. Whatever keeps
 * it from looking (NATS or the database away, no bucket) leaves no horizon, and so fires nothing. Nor does a gate that closes:
 * what closes it may have taken back what was seen before, so all of it is seen anew once it is open.
 */
import type { Logger } from 'pino';
import type { Database } from '../database.ts';
import { pause } from '../wait.ts';
import type { LogGate } from './logGate.ts';
import type { Relay } from './relay.ts';
import { follow, type Pending, settle, type Upstream } from './watermark.ts';
import type { WatermarkBucket } from './watermarkBucket.ts';
import { type Look, look } from './watermarkLook.ts';

export interface WatermarksOptions {
  readonly db: Database;
  readonly bucket: WatermarkBucket;
  readonly gate: Pick<LogGate, 'isOpen' | 'whenOpen' | 'onChange'>;
  readonly relay: Pick<Relay, 'status'>;
  readonly logger: Logger;
  /** The service's own. */
  readonly stream: string;
  /** Sagas begin in this service: its watermark waits for no other stream's. */
  readonly isSource: boolean;
  readonly subscriptions: readonly { readonly consumer: string; readonly stream: string }[];
  /** How far the databases' clocks may differ. */
  readonly marginMs: number;
  /** Between two looks; while something is pending, a quarter of it. */
  readonly lookMs?: number;
}

export interface WatermarkStatus {
  /** Timers due by then may fire; undefined: none may now. */
  readonly horizon: Date | undefined;
  /** Why the horizon is missing or stands still; empty if it moves. */
  readonly waitingFor: string;
}

export interface Watermarks {
  status(): WatermarkStatus;
  stop(): Promise<void>;
}

const LOOK_MS = 1_000;
/** A horizon this far behind the database's clock, the margin apart, stands still. */
const STANDSTILL_MS = 10_000;
const CLOSED: WatermarkStatus = { horizon: undefined, waitingFor: 'the log gate' };

export function startWatermarks(options: WatermarksOptions): Watermarks {
  const { db, bucket, gate, relay, logger, stream, subscriptions, marginMs, lookMs = LOOK_MS } = options;
  const isFirst = options.isSource || subscriptions.length === 0;
  const consumers = subscriptions.map(({ consumer }) => consumer);
  const stopping = new AbortController();
  const { signal } = stopping;
  const told = createTeller(logger);
  const unseen = subscriptions.map((subscription): Followed => ({ subscription, upstream: {} }));
  let followed: readonly Followed[] = unseen;
  let pending: Pending | undefined;
  let status = CLOSED;
  let closings = 0;
  const stopListening = gate.onChange((open) => {
    if (open) return;
    closings++;
    followed = unseen;
    pending = undefined;
    status = CLOSED;
  });

  async function lookAround(): Promise<void> {
    const before = closings;
    const newest = await Promise.all(subscriptions.map((subscription) => bucket.get(subscription.stream)));
    const seen = await look(db, stream, consumers);
    if (closings > before || !gate.isOpen()) return;
    if (!seen) throw new Error(`${stream} is not known yet`);
    followed = followed.map(({ subscription, upstream }, index) => {
      const ranges = seen.ranges.filter(({ consumer }) => consumer === subscription.consumer);
      return { subscription, upstream: follow(upstream, newest[index], ranges) };
    });
    status = statusOf(followed, seen, marginMs);
    if (relay.status().leader) await putOwn(seen);
    else pending = undefined;
  }

  async function putOwn(seen: Look): Promise<void> {
    const times = isFirst ? [] : followed.map(({ upstream }) => upstream.reached?.time);
    // Told by a clock that was set back since: it would hold all that comes until then.
    if (pending && pending.since > seen.time) pending = undefined;
    const { settled, ...next } = settle(pending, seen, earliest([seen.time, ...times]));
    pending = next.pending;
    if (settled) await bucket.put(stream, settled);
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      await gate.whenOpen(signal);
      if (signal.aborted) return;
      try {
        await lookAround();
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        if (gate.isOpen()) {
          status = { horizon: undefined, waitingFor: `the watermarks cannot be read or put: ${message}` };
        }
      }
      told(status.waitingFor);
      await pause(pending ? lookMs / 4 : lookMs, signal);
    }
  }

  const running = run();
  return {
    status: () => status,
    async stop() {
      stopping.abort();
      stopListening();
      await running;
    },
  };
}

interface Followed {
  readonly subscription: WatermarksOptions['subscriptions'][number];
  readonly upstream: Upstream;
}

/** undefined if one of them is. */
function earliest(times: readonly (Date | undefined)[]): Date | undefined {
  const ms = Math.min(...times.map((time) => time?.getTime() ?? Number.NaN));
  return Number.isNaN(ms) ? undefined : new Date(ms);
}

function statusOf(followed: readonly Followed[], { time: now }: Look, marginMs: number): WatermarkStatus {
  if (followed.length === 0) return { horizon: now, waitingFor: '' };
  const time = earliest(followed.map(({ upstream }) => upstream.reached?.time));
  const standingStill = followed.find(
    ({ upstream: { reached } }) => !reached || now.getTime() - reached.time.getTime() > STANDSTILL_MS,
  );
  return {
    horizon: time && new Date(time.getTime() - marginMs),
    waitingFor: standingStill ? whatStandsStill(standingStill) : '',
  };
}

function whatStandsStill({ subscription: { consumer, stream }, upstream }: Followed): string {
  const { reached, ahead } = upstream;
  if (ahead) return `${consumer}, which has not read ${stream} up to ${ahead.sequence} yet`;
  return reached ? `the watermark of ${stream}, which stands still` : `the first watermark of ${stream}`;
}

/** Logs a standstill once, when it has lasted, and its end. */
function createTeller(logger: Logger): (waitingFor: string) => void {
  let sinceMs: number | undefined;
  let isTold = false;
  return (waitingFor) => {
    if (waitingFor === '') {
      if (isTold) logger.info('the horizon of timers moves again');
      sinceMs = undefined;
      isTold = false;
      return;
    }
    sinceMs ??= performance.now();
    if (isTold || performance.now() - sinceMs < STANDSTILL_MS) return;
    isTold = true;
    logger.warn(`timers do not fire, and deadlines wait: for ${waitingFor}`);
  };
}
