/**
 * Who is rebuilding a projection: a document with an owner and an expiry, in an index beside those of the projections.
 *
 * It is for order among rebuilds, and tells the projector whether a rebuild that blocks its index is still alive. Expiry is
 * by the owner's clock; who takes over from him allows for clocks that differ. Since an owner may not know yet that he is one no
 * more, what he does goes by the id of his run.
 */
import type { estypes } from '@elastic/elasticsearch';
import { type Elasticsearch, isIndexMissing, statusOf } from '../../platform/elasticsearch/client.ts';

export const LOCKS_INDEX = 'orderlog-rebuilds';
const SETTINGS = { number_of_shards: 1, auto_expand_replicas: '0-1' };
const MAPPINGS: estypes.MappingTypeMapping = { dynamic: false };
const ALREADY_EXISTS = 400;

export interface RebuildLock {
  /** Host and process, for people. */
  readonly owner: string;
  /** Another with each run that takes the lock. Unset by earlier versions. */
  readonly run?: string;
  /** RFC 3339; the lock is free from then on. */
  readonly expiresAt: string;
  /** The index whose writes it blocks while another takes its place. */
  readonly blocked?: string;
}

/** Clocks of two machines may differ by less than this. */
const CLOCKS_DIFFER_MS = 5_000;

/** Whether its owner held that generation when he died. */
export const isAbandoned = (lock: RebuildLock | undefined, held: string): boolean =>
  lock?.blocked === held && Date.parse(lock.expiresAt) + CLOCKS_DIFFER_MS < Date.now();

export interface FoundLock {
  readonly lock: RebuildLock;
  readonly seqNo: number;
  readonly primaryTerm: number;
}

/** undefined: nobody is, and nobody was. Throws what the client throws. */
export async function readLock(es: Elasticsearch, name: string): Promise<FoundLock | undefined> {
  try {
    const found = await es.get<RebuildLock>({ index: LOCKS_INDEX, id: name });
    if (!found._source) return undefined;
    return { lock: found._source, seqNo: found._seq_no ?? 0, primaryTerm: found._primary_term ?? 0 };
  } catch (error) {
    if (isIndexMissing(error) || statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** By compare-and-set on what was read. Throws what the client throws; a conflict (409) means that another was faster. */
export async function writeLock(
  es: Elasticsearch,
  name: string,
  lock: RebuildLock,
  before: FoundLock | undefined,
): Promise<FoundLock> {
  if (!before) await ensureLocksIndex(es);
  const guard = before
    ? { if_seq_no: before.seqNo, if_primary_term: before.primaryTerm }
    : { op_type: 'create' as const };
  const answer = await es.index({ index: LOCKS_INDEX, id: name, document: lock, ...guard });
  return { lock, seqNo: answer._seq_no ?? 0, primaryTerm: answer._primary_term ?? 0 };
}

async function ensureLocksIndex(es: Elasticsearch): Promise<void> {
  try {
    await es.indices.create({ index: LOCKS_INDEX, settings: SETTINGS, mappings: MAPPINGS });
  } catch (error) {
    if (statusOf(error) !== ALREADY_EXISTS) throw error;
  }
}
