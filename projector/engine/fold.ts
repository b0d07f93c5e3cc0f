/**
 * Folds messages of the log into the states they lead to, in memory.
 *
 * States come from the cache, else from the target (one read a batch, or none). An event at or below a state's version is in it
 * already. One beyond the next version is a gap: the state is read again, past the cache; if the gap is still there, the
 * whole aggregate is folded again from its history, which its own service keeps.
 *
 * An aggregate whose event cannot be decoded or folded, or whose gap its history does not fill, is given back as poisoned,
 * and is left as it was before that event; whatever comes later meets the gap, and so tries the whole aggregate again.
 */
import { type ErrorCode, OrderlogError } from '../../platform/errors.ts';
import type { AnyEvent } from '../../platform/events.ts';
import type { LogMessage } from '../../platform/log/headers.ts';
import type { Lru } from '../../platform/lru.ts';
import type { EventRecord, Projection } from './projection.ts';

/** A state, and how many of the aggregate's events are in it. */
export interface Folded<S> {
  readonly state: S | undefined;
  readonly version: number;
}

/** A state that is to be written. */
export interface Changed<S> extends Folded<S> {
  readonly state: S;
  /** Of the last message that changed it. */
  readonly sequence: number;
  /** The state as it is stored; undefined: none is. */
  readonly stored: S | undefined;
}

/** The last message of an aggregate that could not be folded, and why. */
export interface Poisoned {
  readonly streamId: string;
  readonly version: number;
  readonly sequence: number;
  readonly reason: string;
}

export type FoldResult<S> = (Folded<S> & { readonly state: S }) | { readonly reason: string };

/** All by aggregate. */
export interface FoldedBatch<S> {
  readonly changed: ReadonlyMap<string, Changed<S>>;
  readonly poisoned: ReadonlyMap<string, Poisoned>;
  /** Folded again from their history. */
  readonly refolded: ReadonlySet<string>;
}

export interface FoldSource<S> {
  readonly cache: Pick<Lru<Folded<S>>, 'get' | 'delete'>;
  /** Reads states as they are stored, every commit included. Aggregates without one are left out. */
  load(streamIds: readonly string[]): Promise<ReadonlyMap<string, Folded<S>>>;
  /** A state that is older than what is stored has no effect: then an aggregate whose first event comes is not read before. */
  readonly refusesOlder?: boolean;
}

/** Throws what `load` throws, and what `refold` throws where the aggregate's service does not answer. */
export async function foldBatch<S, E extends AnyEvent>(
  projection: Projection<S, E>,
  source: FoldSource<S>,
  messages: readonly LogMessage[],
): Promise<FoldedBatch<S>> {
  const known = await knownStates(source, messages);
  const stored = new Map(known);
  const changed = new Map<string, Changed<S>>();
  const poisoned = new Map<string, Poisoned>();
  const refolded = new Set<string>();
  for (const message of messages) {
    const { streamId, version, sequence } = message;
    let from = known.get(streamId) ?? empty<S>();
    if (version > from.version + 1) {
      from = await reload(source, streamId);
      stored.set(streamId, from);
    }
    known.set(streamId, from);
    if (version <= from.version) continue;
    const isGap = version > from.version + 1;
    const result = isGap
      ? await refold(projection, streamId, version)
      : foldRecords(projection, from, [message]);
    if ('reason' in result) {
      poisoned.set(streamId, { streamId, version, sequence, reason: result.reason });
      continue;
    }
    known.set(streamId, result);
    changed.set(streamId, { ...result, sequence, stored: stored.get(streamId)?.state });
    poisoned.delete(streamId);
    if (isGap) refolded.add(streamId);
  }
  return { changed, poisoned, refolded };
}

const empty = <S>(): Folded<S> => ({ state: undefined, version: 0 });

/** From the cache, and from the target what it lacks. */
async function knownStates<S>(
  { cache, load, refusesOlder = false }: FoldSource<S>,
  messages: readonly LogMessage[],
): Promise<Map<string, Folded<S>>> {
  const known = new Map<string, Folded<S>>();
  const missing = new Set<string>();
  const met = new Set<string>();
  for (const { streamId, version } of messages) {
    if (met.has(streamId)) continue;
    met.add(streamId);
    const cached = cache.get(streamId);
    if (cached) known.set(streamId, cached);
    else if (version > 1 || !refusesOlder) missing.add(streamId);
  }
  for (const [streamId, folded] of await load([...missing])) known.set(streamId, folded);
  return known;
}

async function reload<S>({ cache, load }: FoldSource<S>, streamId: string): Promise<Folded<S>> {
  cache.delete(streamId);
  return (await load([streamId])).get(streamId) ?? empty<S>();
}

/** A failure of the service that owns an aggregate which says nothing of the aggregate: wait. */
const TRANSIENT: readonly ErrorCode[] = [
  'UNAVAILABLE',
  'DEADLINE_EXCEEDED',
  'RESOURCE_EXHAUSTED',
  'CANCELLED',
];
/** It does not let this process ask, or is not the one to be asked: nor does that, and a person has to set it right. */
const MISCONFIGURED: readonly ErrorCode[] = ['UNAUTHENTICATED', 'PERMISSION_DENIED', 'UNIMPLEMENTED'];

/** Keeps a state for the events that come next, unless none are expected any more. `weight`: as the cache has it. */
export function keep<S, E extends AnyEvent>(
  { hasEnded }: Pick<Projection<S, E>, 'hasEnded'>,
  cache: Lru<Folded<S>>,
  streamId: string,
  { state, version }: Changed<S>,
  weight: number,
): void {
  if (hasEnded?.(state)) cache.delete(streamId);
  else cache.set(streamId, { state, version }, weight);
}

/**
 * A whole aggregate, from its history, which must reach `version`; else why it cannot be had. Throws what `history` throws
 * while the aggregate's service cannot answer, and OrderlogError where it refuses to.
 */
export async function refold<S, E extends AnyEvent>(
  projection: Projection<S, E>,
  streamId: string,
  version: number,
): Promise<FoldResult<S>> {
  let records: readonly EventRecord[];
  try {
    records = await projection.history(streamId);
  } catch (error) {
    if (!(error instanceof OrderlogError) || TRANSIENT.includes(error.code)) throw error;
    if (MISCONFIGURED.includes(error.code)) throw refusedToTell(streamId, error);
    return { reason: `its history cannot be had: ${error.message}` };
  }
  const result = foldRecords(projection, empty<S>(), records);
  if ('reason' in result || result.version >= version) return result;
  return { reason: `its service tells of ${result.version} events, the log of ${version}` };
}

const refusedToTell = (streamId: string, cause: OrderlogError) =>
  new OrderlogError(
    cause.code,
    cause.reason,
    `the history of ${streamId} is needed, and its service refuses to tell it (${cause.code}: ${cause.message}): check the ` +
      "service's address, and the token that this process shows it",
    { cause },
  );

/** The state after these events, or why they cannot be folded. */
function foldRecords<S, E extends AnyEvent>(
  { codec, project }: Projection<S, E>,
  from: Folded<S>,
  records: readonly EventRecord[],
): FoldResult<S> {
  let { state, version } = from;
  try {
    for (const { payload, ...record } of records) {
      if (record.version !== version + 1) throw new Error(`version ${record.version} follows ${version}`);
      state = project(state, { ...record, event: codec.decode(record.type, payload) });
      version = record.version;
    }
    if (state === undefined) throw new Error('it has no events');
    return { state, version };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}
