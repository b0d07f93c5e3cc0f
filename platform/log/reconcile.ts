/**
 * The one procedure for start, refusal and unknown acknowledgement: what is in the log, by looking, not by remembering.
 *
 * Read the recorded position; read the log from there to its end; every message there must be an event of this database,
 * with the same bytes, in an unbroken chain (prev, epoch). The leader then deletes those events' outbox rows and moves the
 * record, chunk by chunk; everybody else only looks. The last messages before the position are compared as well: a log
 * that was cut off and grew again would not show otherwise.
 *
 * Errors: LogMismatch (see logMismatch.ts); Fenced (leader only); and what database and connection throw.
 */
import { MalformedMessage, type RawMessage } from './headers.ts';
import type { LeaseTerm } from './lease.ts';
import { LogMismatch } from './logMismatch.ts';
import { type MatchedMessage, matchEvents } from './matchEvents.ts';
import { type OwnStream, ownStream, type ServiceLog } from './ownStream.ts';
import { readRange } from './readLog.ts';
import { type RelayRecord, recordPublished } from './relayRecord.ts';

/** How many messages before the recorded position are compared again. */
const OVERLAP = 64;

/** Matches log and database, and changes nothing. */
export async function checkLog(log: ServiceLog): Promise<void> {
  await followTail(log, await checkOverlap(log));
}

/** Matches log and database, and brings the record up to the log's end, which is what the leader publishes from. */
export async function reconcile(log: ServiceLog, lease: LeaseTerm): Promise<RelayRecord> {
  return followTail(log, await checkOverlap(log), lease);
}

async function checkOverlap(log: ServiceLog): Promise<OwnStream> {
  const own = await ownStream(log);
  const { record, identity } = own;
  const first = Math.max(identity.firstSequence, record.position - OVERLAP + 1);
  const last = new Map<number, number>();
  for await (const chunk of readRange(log.connection, log.spec.name, first, record.position)) {
    for (const { message } of await match(log, record, chunk)) last.set(message.partition, message.sequence);
  }
  record.prev.forEach((recorded, partition) => {
    const found = last.get(partition) ?? 0;
    if (found === recorded || (found === 0 && recorded < first)) return;
    throw new LogMismatch(
      'LOG_DIFFERS',
      `partition ${partition} of ${log.spec.name} ends at ${found}, and ${recorded} is recorded`,
    );
  });
  return own;
}

async function followTail(log: ServiceLog, own: OwnStream, lease?: LeaseTerm): Promise<RelayRecord> {
  const { name } = log.spec;
  let record = own.record;
  for await (const chunk of readRange(log.connection, name, record.position + 1, own.identity.lastSequence)) {
    const matched = await match(log, record, chunk);
    const next = chain(name, record, matched);
    const outboxIds = matched.flatMap(({ outboxId }) => (outboxId === undefined ? [] : [outboxId]));
    if (lease) await recordPublished(log.db, lease, { stream: name, from: record, to: next, outboxIds });
    record = next;
  }
  return record;
}

/** Follows the chain of `prev` from the record over the messages behind it. */
function chain(stream: string, record: RelayRecord, matched: readonly MatchedMessage[]): RelayRecord {
  const prev = [...record.prev];
  let position = record.position;
  for (const { message } of matched) {
    const { partition, sequence } = message;
    if (message.prev !== prev[partition]) {
      throw new LogMismatch(
        'LOG_DIFFERS',
        `message ${sequence} of ${stream} follows ${message.prev} in partition ${partition}, and should follow ${prev[partition]}`,
      );
    }
    prev[partition] = sequence;
    position = sequence;
  }
  return { ...record, position, prev };
}

/** A message that is no event of ours at all was written by something else. */
async function match(
  log: ServiceLog,
  record: RelayRecord,
  chunk: readonly RawMessage[],
): Promise<readonly MatchedMessage[]> {
  try {
    return await matchEvents(log.db, record.epoch, chunk);
  } catch (error) {
    if (error instanceof MalformedMessage) throw new LogMismatch('LOG_DIFFERS', error.message, error);
    throw error;
  }
}
