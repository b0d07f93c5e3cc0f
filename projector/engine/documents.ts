/** States as documents of the index, and back. */

import { type Elasticsearch, statusOf } from '../../platform/elasticsearch/client.ts';
import { type DocumentHead, ReadModelMissing } from '../../platform/elasticsearch/readModel.ts';
import type { AnyEvent } from '../../platform/events.ts';
import type { BulkTarget, Write } from './bulk.ts';
import type { Changed, Folded, Poisoned } from './fold.ts';
import type { DocumentProjection } from './projection.ts';

/** Reads the states of aggregates that have a document; realtime. Throws ReadModelMissing, or what the client throws. */
export async function loadStates<S, D extends object, E extends AnyEvent>(
  { es, alias }: BulkTarget,
  { fromDocument }: DocumentProjection<S, D, E>,
  streamIds: readonly string[],
): Promise<Map<string, Folded<S>>> {
  const states = new Map<string, Folded<S>>();
  if (streamIds.length === 0) return states;
  const { docs } = await es.mget<D & DocumentHead>({ index: alias, ids: [...streamIds] });
  for (const item of docs) {
    if ('error' in item) throw readFailure(alias, item.error);
    if (item._source)
      states.set(item._id, { state: fromDocument(item._source), version: item._source.version });
  }
  return states;
}

function readFailure(alias: string, { type, reason }: { type: string; reason?: string | null }): Error {
  if (type === 'index_not_found_exception') return new ReadModelMissing(alias);
  return new Error(`a document of ${alias} cannot be read now: ${type}: ${reason ?? ''}`);
}

/** The write of a state, in the fields that the target knows; the reason why there is none, if it cannot be expressed. */
export function writeOf<S, D extends object, E extends AnyEvent>(
  { toDocument }: DocumentProjection<S, D, E>,
  streamId: string,
  { state, version, sequence }: Changed<S>,
  fields: ReadonlySet<string> | undefined,
): Write | { readonly reason: string } {
  try {
    const head: DocumentHead = { kind: 'document', version, sequence };
    const document = fields ? onlyOf(fields, toDocument(state)) : toDocument(state);
    return { id: streamId, version, body: JSON.stringify({ ...head, ...document }) };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}

const onlyOf = (fields: ReadonlySet<string>, document: object): object =>
  Object.fromEntries(Object.entries(document).filter(([field]) => fields.has(field)));

const PARKED_PREFIX = '_parked/';

/** Keeps an aggregate in mind whose document is behind, until it can be written again. */
export const parkedWrite = (poisoned: Poisoned): Write => ({
  id: PARKED_PREFIX + poisoned.streamId,
  body: JSON.stringify({ kind: 'parked', sequence: poisoned.sequence, parked: poisoned }),
});

/** Strikes it out. Nothing is ever deleted: whoever writes documents needs no right to that. */
export const unparkedWrite = (streamId: string): Write => ({
  id: PARKED_PREFIX + streamId,
  body: JSON.stringify({ kind: 'mended' }),
});

/** At most so many parked aggregates are told at once. */
const MAX_PARKED = 1_000;

/** Lets `loadParked` find what was parked just before a restart. A user that may not refresh finds it as of the last refresh. */
export async function showParked(es: Elasticsearch, alias: string): Promise<void> {
  await es.indices.refresh({ index: alias }).catch((error) => {
    if (statusOf(error) !== 403) throw error;
  });
}

/** What is parked beyond a sequence, as of the last refresh. An earlier version wrote no sequence to sort by: such come first. */
export async function loadParked(es: Elasticsearch, alias: string, after = 0): Promise<Poisoned[]> {
  const isParked = { term: { kind: 'parked' } };
  const isBeyond = { range: { sequence: { gt: after } } };
  const { hits } = await es.search<{ parked: Poisoned }>({
    index: alias,
    size: MAX_PARKED,
    query: { bool: { filter: after > 0 ? [isParked, isBeyond] : [isParked] } },
    sort: [{ sequence: { order: 'asc', missing: '_first' } }],
  });
  return hits.hits.flatMap(({ _source }) => (_source ? [_source.parked] : []));
}
