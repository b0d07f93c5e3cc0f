/**
 * One look at the whole system: a snapshot of each database, what the streams are, and up to when everything has settled.
 *
 * The streams are asked before and after the snapshots. What is in the log up to the first answer was committed before, so it
 * must be in the snapshots; what the snapshots hold and is not in an outbox was published before, so it must be in the log up
 * to the second. Nothing that is merely in flight shows as missing.
 *
 * `settledBefore` is a watermark: every event before it has been published, and read by all who read its stream.
 */
import { sql } from 'kysely';
import type { Elasticsearch } from '../../platform/elasticsearch/client.ts';
import type { LogConnection } from '../../platform/log/connection.ts';
import { LogMismatch } from '../../platform/log/logMismatch.ts';
import { type StreamIdentity, type StreamSpec, streamIdentity } from '../../platform/log/stream.ts';
import { liveSchema } from '../../projector/tables/generation.ts';
import { CATALOG, ORDERS, PAYMENTS } from '../../proto/streams.ts';
import { absentReaders } from './absentReaders.ts';
import { countingReader, firstUnread, projectorOf, type Reader, readersOf } from './consumers.ts';
import type { Moment } from './moment.ts';
import { SERVICES, type Service, type Snapshot, takeSnapshot } from './snapshot.ts';
import type { Sources } from './sources.ts';

export interface StreamLook {
  readonly name: string;
  readonly spec: StreamSpec;
  /** Asked before the snapshots, and after; undefined: there is no such stream. */
  readonly before: StreamIdentity | undefined;
  readonly after: StreamIdentity | undefined;
}

/** The tables of analytics that are live. */
export interface AnalyticsLook extends Snapshot<'analytics'> {
  readonly schema: string;
}

export interface Look extends Moment {
  readonly databases: Readonly<Record<Service, Snapshot>>;
  readonly streams: Readonly<Record<Service, StreamLook>>;
  readonly readers: readonly Reader[];
  readonly log: LogConnection;
  readonly elasticsearch: Elasticsearch | undefined;
  /** undefined: its address is not known, or nothing was counted yet. */
  readonly analytics: AnalyticsLook | undefined;
  readonly provider: string | undefined;
  readonly isAtRest: boolean;
  close(): Promise<void>;
}

const SPECS: Readonly<Record<Service, StreamSpec>> = {
  order: specOf(ORDERS),
  catalog: specOf(CATALOG),
  payment: specOf(PAYMENTS),
};

function specOf({ name, subjectPrefix }: { name: string; subjectPrefix: string }): StreamSpec {
  // Bounds and copies are the service's own settings; here only what every stream must have is compared.
  return { name, subjectPrefix, maxBytes: 0, replicas: 1 };
}

export const serviceOf = (stream: string): Service | undefined =>
  SERVICES.find((service) => SPECS[service].name === stream);

export interface LookOptions {
  /** Nothing is under way: everything is judged. */
  readonly isAtRest: boolean;
  /** How much older than the watermark an order's last event must be. */
  readonly settleMs: number;
}

/** Throws what the servers' clients throw. */
export async function takeLook(sources: Sources, options: LookOptions): Promise<Look> {
  const before = await identities(sources);
  const snapshots: Pick<Snapshot, 'close' | 'now'>[] = [];
  const close = async () => {
    await Promise.all(snapshots.map((snapshot) => snapshot.close()));
  };
  try {
    const take = async (service: Service) => {
      const snapshot = await takeSnapshot(service, sources.databases[service]);
      snapshots.push(snapshot);
      return snapshot;
    };
    const [order, catalog, payment] = await allTaken([take('order'), take('catalog'), take('payment')]);
    const databases = { order, catalog, payment };
    const counted = sources.analytics && (await takeSnapshot('analytics', sources.analytics));
    if (counted) snapshots.push(counted);
    const analytics = counted && (await liveTables(counted));
    const after = await identities(sources);
    const stream = (service: Service): StreamLook => ({
      name: SPECS[service].name,
      spec: SPECS[service],
      before: before[service],
      after: after[service],
    });
    const streams = { order: stream('order'), catalog: stream('catalog'), payment: stream('payment') };
    const readers = (await Promise.all(Object.values(databases).map(readersOf))).flat();
    const absent = absentReaders(readers, Object.values(streams));
    const projections = [
      sources.elasticsearch && (await projectorOf(sources.elasticsearch)),
      analytics && (await countingReader(analytics)),
    ];
    const look = {
      databases,
      streams,
      readers: [...readers, ...absent, ...projections.filter((reader) => reader !== undefined)],
      log: sources.log,
      elasticsearch: sources.elasticsearch,
      analytics,
      provider: sources.provider,
      isAtRest: options.isAtRest,
      now: new Date(Math.max(...snapshots.map(({ now }) => now.getTime()))),
      close,
    };
    return { ...look, settledBefore: options.isAtRest ? FOREVER : await watermark(look, options.settleMs) };
  } catch (error) {
    await close();
    throw error;
  }
}

/** As Promise.all, but when all have settled: none is taken behind the back of whoever has given up. */
async function allTaken<T extends readonly unknown[] | []>(taking: T) {
  await Promise.allSettled(taking);
  return Promise.all(taking);
}

/** undefined: there are none yet. */
async function liveTables(snapshot: Snapshot<'analytics'>): Promise<AnalyticsLook | undefined> {
  const { rows } = await sql<{ found: string | null }>`
    select to_regclass('generations')::text as found`.execute(snapshot.tx);
  const schema = rows[0]?.found ? await liveSchema(snapshot.tx, 'analytics') : undefined;
  return schema === undefined ? undefined : { ...snapshot, schema };
}

const FOREVER = new Date(8.64e15);

async function identities({ log }: Sources): Promise<Record<Service, StreamIdentity | undefined>> {
  const [order, catalog, payment] = await Promise.all(
    SERVICES.map((service) => streamIdentity(log, SPECS[service])),
  );
  return { order, catalog, payment };
}

/** The oldest event that is not published, or not read by someone, bounds what has settled. */
async function watermark(look: Omit<Look, 'settledBefore'>, settleMs: number): Promise<Date> {
  const times = Object.values(look.databases).map(({ now }) => now.getTime());
  for (const { tx } of Object.values(look.databases)) {
    const { rows } = await sql<{ oldest: Date | null }>`
      select min(e.time) as oldest from outbox o join events e using (stream_id, version)`.execute(tx);
    if (rows[0]?.oldest) times.push(rows[0].oldest.getTime());
  }
  for (const reader of look.readers) {
    const service = serviceOf(reader.stream);
    const last = service && look.streams[service].after?.lastSequence;
    const unread = last === undefined ? undefined : await unreadOf(look.log, reader, last);
    if (unread) times.push(unread.getTime());
  }
  return new Date(Math.min(...times) - settleMs);
}

/** Where the log itself is damaged nothing counts as settled; the invariants of the log say what is wrong. */
async function unreadOf(log: LogConnection, reader: Reader, last: number): Promise<Date | undefined> {
  try {
    return (await firstUnread(log, reader, last))?.time;
  } catch (error) {
    if (error instanceof LogMismatch) return new Date(0);
    throw error;
  }
}
