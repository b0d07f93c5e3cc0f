/**
 * Makes a log again that lost something, from the database: the stream anew, in the next epoch, with all events that were
 * published, in the same order, under the same headers but for their place. Then the record says so, the log gate opens,
 * and consumers find their place by the last event that they read (consume/findPlace.ts).
 *
 * The old stream is given up only if the database holds each message that it still has. All that is decided is written
 * down first (republication.ts), each batch follows on exactly the one before, and the record moves when all are there: so
 * a run that was broken off anywhere is gone on with by the next, and until then the gate stays closed.
 *
 * Errors: OrderlogError (a person must decide), LogMismatch, Fenced, and what database and connection throw.
 */
import { sql } from 'kysely';
import { transact } from '../database.ts';
import { OrderlogError } from '../errors.ts';
import type { StoredEvent } from '../events.ts';
import { PARTITIONS } from '../ids.ts';
import { readMessage } from '../log/headers.ts';
import type { LeaseTerm } from '../log/lease.ts';
import { LogMismatch } from '../log/logMismatch.ts';
import { MAX_BATCH_BYTES } from '../log/outboxPage.ts';
import type { ServiceLog } from '../log/ownStream.ts';
import { MAX_BATCH_MESSAGES, publishAfter } from '../log/publish.ts';
import { layOut } from '../log/publishBatch.ts';
import { readRange } from '../log/readLog.ts';
import { Fenced, type RelayRecord, readRelayRecord } from '../log/relayRecord.ts';
import { createStream, deleteStream, streamIdentity } from '../log/stream.ts';
import { inLogOrder } from './logOrder.ts';
import { checkRemains } from './remains.ts';
import {
  lastSequenceOf,
  planRepublication,
  type Republication,
  readRepublication,
  writeRepublication,
} from './republication.ts';
import type { OnProgress } from './survey.ts';

/** Returns what was published again. */
export async function republish(
  log: ServiceLog,
  lease: LeaseTerm,
  onProgress: OnProgress,
): Promise<Republication> {
  const plan = (await readRepublication(log.db, log.spec.name)) ?? (await begin(log, onProgress));
  const created = await remake(log, plan, onProgress);
  const end = await publishAll(log, lease, plan, created, onProgress);
  await finish(log, lease, plan, end);
  return plan;
}

/** What is published again, and how. Writes nothing if the old stream may not be given up. */
async function begin(log: ServiceLog, onProgress: OnProgress): Promise<Republication> {
  const { db, connection, spec } = log;
  const record = await readRelayRecord(db, spec.name);
  if (!record) {
    const message = `this database has never published anything to ${spec.name}: start the service, which makes the stream`;
    throw new OrderlogError('FAILED_PRECONDITION', 'NOTHING_TO_REPUBLISH', message);
  }
  const old = await streamIdentity(connection, spec);
  if (old) await checkRemains(log, old, onProgress);
  const plan = await planRepublication(db, record, old);
  await writeRepublication(db, spec.name, plan);
  return plan;
}

/** The stream of the plan, made if it is not there; what was there before is deleted. Returns when it was created. */
async function remake(log: ServiceLog, plan: Republication, onProgress: OnProgress): Promise<string> {
  const { connection, spec } = log;
  const found = await streamIdentity(connection, spec);
  if (found?.epoch === plan.epoch) return found.created;
  if (found) {
    // Again: it may have changed since the plan was made.
    await checkRemains(log, found, onProgress);
    await deleteStream(connection, spec.name);
  }
  const { epoch, firstSequence } = plan;
  await createStream(connection, spec, epoch, { firstSequence, restoredTo: lastSequenceOf(plan) });
  const made = await streamIdentity(connection, spec);
  if (made?.epoch !== plan.epoch) throw new Error(`stream ${spec.name} was made and is not there`);
  return made.created;
}

/** Compares what is published already, and publishes the rest. Returns the record that it leads to. */
async function publishAll(
  log: ServiceLog,
  lease: LeaseTerm,
  plan: Republication,
  created: string,
  onProgress: OnProgress,
): Promise<RelayRecord> {
  const { connection, db, spec } = log;
  const { lastId, epoch, firstSequence, events: total } = plan;
  const identity = await streamIdentity(connection, spec);
  const published = identity?.lastSequence ?? 0;
  let record: RelayRecord = {
    created,
    epoch,
    position: firstSequence - 1,
    prev: Array<number>(PARTITIONS).fill(0),
    lastId,
  };
  for await (const page of inLogOrder(db, lastId)) {
    for (let n = 0; n < page.length; ) {
      if (!lease.held()) throw new Fenced();
      const left = published - record.position;
      const batch = firstOf(page.slice(n), left > 0 ? left : MAX_BATCH_MESSAGES);
      const { messages, to } = layOut(log, record, batch);
      if (left > 0) await checkPublished(log, record.position, batch);
      else await publishAfter(connection, spec.name, record.position, messages);
      record = { ...to, lastId };
      n += batch.length;
      onProgress(record.position - firstSequence + 1, total);
    }
  }
  if (record.position !== lastSequenceOf(plan) || published > record.position) throw changedSince(spec.name);
  return record;
}

/** At most so many events, and so many bytes; at least one. */
function firstOf(events: readonly StoredEvent[], maxEvents: number): readonly StoredEvent[] {
  let bytes = 0;
  const end = events.findIndex(({ payload }, n) => {
    bytes += payload.length;
    return n > 0 && (n === maxEvents || bytes > MAX_BATCH_BYTES);
  });
  return end < 0 ? events : events.slice(0, end);
}

/** These events are what follows in the log. */
async function checkPublished(
  { connection, spec }: ServiceLog,
  position: number,
  batch: readonly StoredEvent[],
): Promise<void> {
  let n = 0;
  for await (const chunk of readRange(connection, spec.name, position + 1, position + batch.length)) {
    for (const message of chunk) {
      if (readMessage(message).eventId !== batch[n++]?.eventId) throw changedSince(spec.name);
    }
  }
}

const changedSince = (stream: string): LogMismatch =>
  new LogMismatch('LOG_DIFFERS', `what is republished to ${stream} is not what the database has now`);

/** From here on the new stream is the service's own. */
async function finish(
  log: ServiceLog,
  lease: LeaseTerm,
  plan: Republication,
  end: RelayRecord,
): Promise<void> {
  const { name } = log.spec;
  await transact(log.db, async (tx) => {
    const { numAffectedRows } = await sql`
      update relay set stream_created = ${end.created}, stream_epoch = ${end.epoch}, position = ${end.position},
        prev = ${end.prev}::bigint[]
      where stream = ${name} and last_id = ${plan.lastId} and exists (select from leases
        where name = ${lease.name} and holder = ${lease.holder} and epoch = ${lease.epoch})`.execute(tx);
    if (numAffectedRows !== 1n) throw new Fenced();
    await sql`delete from republications where stream = ${name}`.execute(tx);
  });
}
