/**
 * How far the read model is behind the log, as measured.
 *
 * In time: the projector takes the time of each event, from its commit (`ce-time`) until its document could be read by id, by
 * its own clock and the database's; it keeps the counts in its checkpoint, at no cost of a request of their own, and they are
 * read from there. Nothing is sampled: every event counts, also those that waited while the projector was down. What a search
 * shows comes up to the refresh interval later. Quantiles are of the last WINDOW_MS, in which somebody must have looked.
 *
 * In events: those of the Order service that are committed and not projected yet, by its relay and the same checkpoint.
 */
import type { Elasticsearch } from '../../platform/elasticsearch/client.ts';
import { readCheckpoint } from '../../platform/elasticsearch/readModel.ts';
import type { GrpcClient } from '../../platform/grpc/client.ts';
import { countOf, type LagHistogram, lagQuantile, lagsBetween } from '../../platform/lagHistogram.ts';
import type { OpsServiceService } from '../../proto/gen/orderlog/ops/v1/ops_service.ts';

/** undefined: it cannot be told now. */
export interface ReadModelLag {
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
  /** How many events the quantiles are of. */
  readonly measured: number;
  /** Events that are not projected yet. */
  readonly events: number | undefined;
  /** Of every event since the projector began. */
  readonly all: LagHistogram | undefined;
}

export interface LagSources {
  readonly es: Elasticsearch;
  readonly alias: string;
  readonly relay: Pick<GrpcClient<OpsServiceService>, 'getRelayStatus'>;
}

const WINDOW_MS = 60_000;
const TIMEOUT_MS = 1_000;
/** Looks that are kept: those who ask share them. */
const MIN_LOOK_MS = 500;

interface Look {
  readonly atMs: number;
  readonly lags: LagHistogram;
}

/** Never throws. Who asks again at once gets the same. */
export function createReadModelLag(
  sources: LagSources,
  now = () => performance.now(),
): () => Promise<ReadModelLag> {
  let looks: readonly Look[] = [];
  let last: { readonly atMs: number; readonly lag: Promise<ReadModelLag> } | undefined;

  async function look(): Promise<ReadModelLag> {
    const [checkpoint, relay] = await Promise.all([
      orUnknown(readCheckpoint(sources.es, sources.alias, { timeoutMs: TIMEOUT_MS })),
      orUnknown(sources.relay.getRelayStatus({}, { timeoutMs: TIMEOUT_MS })),
    ]);
    const place = checkpoint?.checkpoint;
    const committed = relay && Number(relay.position) + Number(relay.outboxDepth);
    const events = committed !== undefined && place ? Math.max(0, committed - place.sequence) : undefined;
    const { lags: all } = place ?? {};
    if (!all) return { p50Ms: undefined, p99Ms: undefined, measured: 0, events, all };
    const atMs = now();
    looks = [...looks.filter((each) => atMs - each.atMs <= WINDOW_MS), { atMs, lags: all }];
    const recent = lagsBetween(looks.length > 1 ? looks[0]?.lags : undefined, all);
    return {
      p50Ms: lagQuantile(recent, 0.5),
      p99Ms: lagQuantile(recent, 0.99),
      measured: countOf(recent),
      events,
      all,
    };
  }

  return () => {
    if (!last || now() - last.atMs >= MIN_LOOK_MS) last = { atMs: now(), lag: look() };
    return last.lag;
  };
}

const orUnknown = <T>(asked: Promise<T | undefined>): Promise<T | undefined> => asked.catch(() => undefined);
