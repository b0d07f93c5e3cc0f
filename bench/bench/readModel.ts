/** How far the read model is: orders count as done when they have ended there. */
import { setTimeout as sleep } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import type { System } from '../../cli/start/system.ts';
import { ENDED } from '../../e2e/support/orders.ts';
import { openElasticsearch } from '../../platform/elasticsearch/client.ts';
import { readCheckpoint } from '../../platform/elasticsearch/readModel.ts';
import { natsServers } from '../../platform/log/natsServers.ts';
import { projectedSubject } from '../../platform/projected.ts';
import { ORDERS } from '../../proto/streams.ts';

export interface Counts {
  readonly ended: number;
  readonly open: number;
  /** By status (`ORDER_STATUS_COMPLETED`). */
  readonly byStatus: ReadonlyMap<string, number>;
}

export interface Watch {
  /** When the projector has last written documents, as performance.now(). */
  lastMoveMs(): number;
  stop(): void;
}

export interface ReadModel {
  /** By what a search finds at this moment. */
  count(): Promise<Counts>;
  /** Resolves when every order has ended in it and the log holds no more for it. Throws if that takes too long. */
  untilEnded(atLeast: number, say: (line: string) => void): Promise<Counts>;
  watch(): Promise<Watch>;
  close(): Promise<void>;
}

interface Statuses {
  readonly statuses: { readonly buckets: readonly { readonly key: string; readonly doc_count: number }[] };
}

const ALIAS = 'orders';
/** More than there are. */
const STATUSES = 50;
const TIMEOUT_MS = 30_000;
const POLL_MS = 250;
/** Without any progress. */
const GIVE_UP_MS = 120_000;

export function createReadModel(
  urls: Pick<System['urls'], 'elasticsearch' | 'nats'>,
  signal: AbortSignal,
): ReadModel {
  const es = openElasticsearch({ url: urls.elasticsearch, requestTimeoutMs: TIMEOUT_MS });
  const nats = connect(natsServers(urls.nats));
  const sequence = async () =>
    (await readCheckpoint(es, ALIAS, { timeoutMs: TIMEOUT_MS }))?.checkpoint.sequence ?? 0;
  const lastSequence = async () =>
    (await (await jetstreamManager(await nats)).streams.info(ORDERS.name)).state.last_seq;

  async function count(): Promise<Counts> {
    // What is written, and not yet to be found, would be missed.
    await es.indices.refresh({ index: ALIAS });
    const { aggregations } = await es.search<unknown, Statuses>({
      index: ALIAS,
      size: 0,
      query: { term: { kind: 'document' } },
      aggs: { statuses: { terms: { field: 'status', size: STATUSES } } },
    });
    const byStatus = new Map(
      aggregations?.statuses.buckets.map(({ key, doc_count }) => [key, doc_count] as const),
    );
    const sumOf = (isWanted: (status: string) => boolean) =>
      [...byStatus].reduce((sum, [status, count]) => sum + (isWanted(status) ? count : 0), 0);
    return {
      ended: sumOf((status) => ENDED.includes(status)),
      open: sumOf((status) => !ENDED.includes(status)),
      byStatus,
    };
  }

  return {
    count,
    async untilEnded(atLeast, say) {
      let seen = await sequence();
      for (let movedMs = performance.now(); ; await sleep(POLL_MS)) {
        signal.throwIfAborted();
        const now = await sequence();
        if (now === (await lastSequence())) {
          const counts = await count();
          if (counts.open === 0 && counts.ended >= atLeast) return counts;
        }
        if (now !== seen) movedMs = performance.now();
        seen = now;
        say(`the read model has read ${now} events`);
        if (performance.now() - movedMs > GIVE_UP_MS)
          throw new Error(`orders do not end: no progress for ${GIVE_UP_MS / 1_000} s at event ${now}`);
      }
    },
    async watch() {
      let atMs = performance.now();
      // Told by the projector: asking for it would be a load of its own.
      const told = (await nats).subscribe(projectedSubject(ALIAS), {
        callback() {
          atMs = performance.now();
        },
      });
      return { lastMoveMs: () => atMs, stop: () => told.unsubscribe() };
    },
    async close() {
      await es.close();
      await (await nats.catch(() => undefined))?.close();
    },
  };
}
