/**
 * Bulk writes that are settled one by one: an item is done when it was written, or when a read shows its document at that
 * version or above. Items that failed for want of resources (429, 5xx, an index that is blocked) are tried again alone,
 * for as long as it takes; items that Elasticsearch will never take (400) are handed back. What its user may not write is not
 * waited for, though that has the status of a blocked index (403) too.
 */
import type { estypes } from '@elastic/elasticsearch';
import type { Logger } from 'pino';
import {
  BLOCK_EXCEPTION,
  type Elasticsearch,
  isForbidden,
  SECURITY_EXCEPTION,
} from '../../platform/elasticsearch/client.ts';
import { ReadModelMissing } from '../../platform/elasticsearch/readModel.ts';
import { OrderlogError } from '../../platform/errors.ts';
import { backoffMs, pause } from '../../platform/wait.ts';

/** One item. Without a version it simply replaces what is there. */
export interface Write {
  readonly id: string;
  /** External version: only a higher one replaces what is there. */
  readonly version?: number;
  /** JSON. */
  readonly body: string;
}

/** Elasticsearch will never take this item as it is. */
export interface RefusedWrite {
  readonly id: string;
  readonly reason: string;
}

export interface BulkTarget {
  readonly es: Elasticsearch;
  /** The index's own (writtenIndex.ts), required to exist. */
  readonly alias: string;
  /** All that its mapping knows; unset: whatever there is. */
  readonly fields?: ReadonlySet<string>;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Asked before what failed is tried again: throws if this index is not the one to be written any more. */
  readonly stillWanted?: () => Promise<void>;
}

/** The wait for Elasticsearch was ended by the signal: nothing may be taken as written. */
export class Stopped extends Error {}

/** Far below what a node takes in one request (100 MB), and what a small heap bears. */
const MAX_REQUEST_CHARS = 4 * 1024 * 1024;
/** Elasticsearch writes two requests at once faster than one after the other, where each is worth it. */
const MIN_LANE = 250;
const MAX_BACKOFF_MS = 10_000;
/** For an index whose writes somebody blocks: most likely for a moment, while another takes its place. */
const HELD_MS = 100;

/**
 * Returns when every item is settled, with those that were refused. Throws Stopped, ReadModelMissing, OrderlogError
 * WRITE_FORBIDDEN, or what the client throws if the whole request failed (then nothing is known of its items: repeat all).
 */
export async function settle(target: BulkTarget, writes: readonly Write[]): Promise<RefusedWrite[]> {
  const lanes = await Promise.allSettled(lanesOf(writes).map((lane) => settleLane(target, lane)));
  return lanes.flatMap((lane) => {
    if (lane.status === 'rejected') throw lane.reason;
    return lane.value;
  });
}

async function settleLane(target: BulkTarget, writes: readonly Write[]): Promise<RefusedWrite[]> {
  const refused: RefusedWrite[] = [];
  for (const chunk of chunksOf(writes)) {
    let open = chunk;
    let isHeld = false;
    for (let attempt = 0; open.length > 0; attempt += 1) {
      if (attempt > 0) {
        await pause(isHeld ? HELD_MS : backoffMs(attempt, 100, MAX_BACKOFF_MS), target.signal);
      }
      if (target.signal.aborted) throw new Stopped();
      if (attempt > 0) await target.stillWanted?.();
      const round = await writeOnce(target, open);
      refused.push(...round.refused);
      open = [...round.failed, ...(await notYetReached(target, round.conflicting))];
      if (open.length === 0 || (isHeld && round.isHeld)) continue;
      isHeld = round.isHeld;
      const why = round.reason ?? 'version conflicts, and nothing as new to be read';
      target.logger.warn(
        { items: open.length, alias: target.alias, why },
        'waiting for Elasticsearch to take documents',
      );
    }
  }
  return refused;
}

/** All end before `settle` does, whatever becomes of one: once it has thrown, nothing more is written. */
function lanesOf(writes: readonly Write[]): (readonly Write[])[] {
  if (writes.length < 2 * MIN_LANE) return [writes];
  const half = Math.ceil(writes.length / 2);
  return [writes.slice(0, half), writes.slice(half)];
}

function* chunksOf(writes: readonly Write[]): Generator<readonly Write[]> {
  let chunk: Write[] = [];
  let chars = 0;
  for (const write of writes) {
    const { length } = write.body;
    if (chunk.length > 0 && chars + length > MAX_REQUEST_CHARS) {
      yield chunk;
      chunk = [];
      chars = 0;
    }
    chunk.push(write);
    chars += length;
  }
  yield chunk;
}

interface Round {
  readonly failed: Write[];
  readonly conflicting: Write[];
  readonly refused: RefusedWrite[];
  /** Why the first of `failed` failed. */
  reason?: string;
  /** Some failed since somebody blocks writes to the index. */
  isHeld: boolean;
}

async function writeOnce({ es, alias }: BulkTarget, writes: readonly Write[]): Promise<Round> {
  const operations = writes.flatMap(operationsOf);
  const answer = await es.bulk({ index: alias, require_alias: true, operations }).catch((error) => {
    throw isForbidden(error) ? writeForbidden(alias, error.message) : error;
  });
  const round: Round = { failed: [], conflicting: [], refused: [], isHeld: false };
  writes.forEach((write, at) => {
    const item = Object.values(answer.items[at] ?? {})[0];
    if (!item) throw new Error(`Elasticsearch left item ${at} of a bulk request unanswered`);
    sort(round, write, item, alias);
  });
  return round;
}

function operationsOf({ id, version, body }: Write): (estypes.BulkOperationContainer | string)[] {
  const versioned = version === undefined ? {} : { version, version_type: 'external' as const };
  // The body is JSON already: the client sends a string as it is.
  return [{ index: { _id: id, ...versioned } }, body];
}

function sort(round: Round, write: Write, item: estypes.BulkResponseItem, alias: string): void {
  const { status, error } = item;
  if (!error) return;
  const reason = `${error.type}: ${error.reason ?? ''}`;
  if (status === 409) round.conflicting.push(write);
  else if (error.type === 'index_not_found_exception') throw new ReadModelMissing(alias);
  else if (error.type === SECURITY_EXCEPTION) throw writeForbidden(alias, reason);
  else if (status === 400) round.refused.push({ id: write.id, reason });
  else {
    round.failed.push(write);
    round.reason ??= reason;
    round.isHeld ||= status === 403 && error.type === BLOCK_EXCEPTION;
  }
}

/**
 * Of writes that met a conflict, those whose document cannot be read at that version or above. (A conflict may be answered
 * although the write was applied, and even although it was lost with its copy.)
 */
async function notYetReached({ es, alias }: BulkTarget, writes: readonly Write[]): Promise<Write[]> {
  if (writes.length === 0) return [];
  const ids = writes.map(({ id }) => id);
  const { docs } = await es.mget({ index: alias, ids, _source: false });
  return writes.filter(({ version }, at) => {
    const found = docs[at];
    const present = found && 'found' in found && found.found ? (found._version ?? 0) : 0;
    return present < (version ?? 0);
  });
}

/** Told at each attempt: waiting does not help. */
export const writeForbidden = (alias: string, reason: string): OrderlogError =>
  new OrderlogError(
    'FAILED_PRECONDITION',
    'WRITE_FORBIDDEN',
    `Elasticsearch does not let its user write to ${alias} (${reason}): give that user the right, or give another user`,
  );
