/**
 * A read model as it lies in Elasticsearch, for the projector that writes it and for those who read it: an alias, behind it
 * one index with a document for each aggregate, and beside them, in the same index, the projector's checkpoint, so that a
 * snapshot restores both or none, and a rebuild that moves the alias to another index takes readers of both along. `kind` tells them apart: a search filters by it.
 *
 * Reads by id are realtime: they see every write that was answered, refreshed or not.
 */
import type { estypes } from '@elastic/elasticsearch';
import type { ModelCheckpoint } from '../modelCheckpoint.ts';
import { type Elasticsearch, isIndexMissing, statusOf } from './client.ts';

/** What every document of an aggregate has, beside the projection's own fields. */
export interface DocumentHead {
  readonly kind: 'document';
  /** The aggregate's version, which is the document's version in Elasticsearch too. */
  readonly version: number;
  /** The stream's sequence up to which the log had been read when this was written. */
  readonly sequence: number;
}

export const CHECKPOINT_ID = '_checkpoint';

/** Mappings of what is not the projection's own. */
export const commonProperties: Readonly<Record<string, estypes.MappingProperty>> = {
  kind: { type: 'keyword' },
  version: { type: 'integer' },
  sequence: { type: 'long' },
  checkpoint: { type: 'object', enabled: false },
  parked: { type: 'object', enabled: false },
};

/** Elasticsearch answered, and has no such read model. */
export class ReadModelMissing extends Error {
  constructor(alias: string) {
    super(`there is no index behind alias ${alias} yet`);
    this.name = 'ReadModelMissing';
  }
}

export interface ReadOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** The document of an aggregate; undefined: there is none. Throws ReadModelMissing, or what the client throws. */
export async function readDocument<D>(
  es: Elasticsearch,
  alias: string,
  id: string,
  options: ReadOptions,
): Promise<(D & DocumentHead) | undefined> {
  // Always the same copy of the shard, so that no reader sees an older state after a newer one.
  const request = { index: alias, id, preference: id };
  return (await getSource<D & DocumentHead>(es, request, options))?.source;
}

/** A checkpoint, and what its next writer has to compare. */
export interface FoundCheckpoint {
  readonly checkpoint: ModelCheckpoint;
  readonly seqNo: number;
  readonly primaryTerm: number;
}

/** undefined: nothing has been projected yet. Throws ReadModelMissing, or what the client throws. */
export async function readCheckpoint(
  es: Elasticsearch,
  alias: string,
  options: ReadOptions,
): Promise<FoundCheckpoint | undefined> {
  const request = { index: alias, id: CHECKPOINT_ID };
  const found = await getSource<{ checkpoint: ModelCheckpoint }>(es, request, options);
  return found && { ...found, checkpoint: found.source.checkpoint };
}

interface Found<T> {
  readonly source: T;
  readonly seqNo: number;
  readonly primaryTerm: number;
}

async function getSource<T>(
  es: Elasticsearch,
  request: { index: string; id: string; preference?: string },
  { timeoutMs, signal }: ReadOptions,
): Promise<Found<T> | undefined> {
  try {
    const found = await es.get<T>(request, { requestTimeout: timeoutMs, ...(signal && { signal }) });
    if (found._source === undefined) return undefined;
    return { source: found._source, seqNo: found._seq_no ?? 0, primaryTerm: found._primary_term ?? 0 };
  } catch (error) {
    if (isIndexMissing(error)) throw new ReadModelMissing(request.index);
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}
