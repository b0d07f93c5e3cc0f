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
import { type LogMessage, MalformedMessage, type RawMessage } from './headers.ts';
import type { LeaseTerm } from './lease.ts';
import { LogMismatch } from './logMismatch.ts';
import { type MatchedMessage, matchEvents } from './matchEvents.ts';
import { type OwnStream, ownStream, type ServiceLog } from './ownStream.ts';
import { readRange } from './readLog.ts';
import { type PublishedEvent, type RelayRecord, recordPublished } from './relayRecord.ts';

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

/** Matches what is recorded, as far as that is done each time. */
export async function checkOverlap(log: ServiceLog): Promise<OwnStream> {
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
    const to = chain(
      name,
      record,
      matched.map(({ message }) => message),
    );
    const events = matched.map(publishedEvent);
    record = lease
      ? await recordPublished(log.db, lease, { stream: name, from: record, to, events })
      : { ...to, lastId: record.lastId };
  }
  return record;
}

export const publishedEvent = ({ message, id }: MatchedMessage): PublishedEvent => ({
  id,
  streamId: message.streamId,
  version: message.version,
});

/** Follows the chain of `prev` from the record over the messages behind it. Throws LogMismatch where it is broken. */
export function chain(
  stream: string,
  record: RelayRecord,
  messages: readonly LogMessage[],
): Omit<RelayRecord, 'lastId'> {
  const prev = [...record.prev];
  let position = record.position;
  for (const message of messages) {
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
  return { created: record.created, epoch: record.epoch, position, prev };
}

async function match(
  log: ServiceLog,
  record: RelayRecord,
  chunk: readonly RawMessage[],
): Promise<readonly MatchedMessage[]> {
  try {
    return await matchEvents(log.db, record.epoch, chunk);
  } catch (error) {
    throw asMismatch(error);
  }
}

/** A message that is no event of ours at all was written by something else. */
export const asMismatch = (error: unknown): unknown =>
  error instanceof MalformedMessage ? new LogMismatch('LOG_DIFFERS', error.message, error) : error;
