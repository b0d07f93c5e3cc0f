/**
 * Brings a database that was restored from an old backup up to the log: appends the events that it lacks, with their own
 * ids, bytes and times, and makes again what else their transactions held: rows (by the fold), open tasks, timers, and the
 * records of the requests that caused them.
 *
 * Chunk by chunk, each in one transaction that moves the relay's record over it: a crash leaves a database that is further
 * on, and the next run goes on from there. The log gate stays closed until the last chunk is committed; the relay's lease
 * keeps relays away, and fences the loser of two recoveries.
 *
 * Nothing is called for twice: a task that is made again has the age of its event and counts as begun, and so does every
 * task that the backup holds, since whoever held them in the lost history may have made their calls. They are repeated
 * under their own keys, within the time for which the provider remembers those.
 *
 * Checkpoints stay as the backup has them: what is read again finds its effects in the state, and what was parked parks
 * again. Errors: LogMismatch, Fenced, and what database and connection throw.
 */
import { sql } from 'kysely';
import { writeRows } from '../commandBatch.ts';
import { type Transaction, type Tx, together, transact } from '../database.ts';
import { eventColumns, givenEvents } from '../eventStore.ts';
import type { AnyEvent, StoredEvent } from '../events.ts';
import type { WorkingSet } from '../fold.ts';
import { lockAndRead } from '../lockedRows.ts';
import type { LogMessage, RawMessage } from '../log/headers.ts';
import type { LeaseTerm } from '../log/lease.ts';
import { compareEvents } from '../log/matchEvents.ts';
import type { ServiceLog } from '../log/ownStream.ts';
import { readRange } from '../log/readLog.ts';
import { asMismatch, chain } from '../log/reconcile.ts';
import { type RelayRecord, readRelayRecord, recordPublished } from '../log/relayRecord.ts';
import { insertRecoveredRequests } from '../requests.ts';
import { writeTimers } from '../timers/timers.ts';
import { type ReadEvent, type Replayable, readEvent, replayEvents, rowsOf } from './replay.ts';
import { adoptStart, recoveryStart } from './start.ts';
import type { OnProgress } from './survey.ts';
import { beginAllTasks, writeTasks } from './tasks.ts';

/** Returns how many events were appended. */
export async function bringUp<S, C, E extends AnyEvent>(
  log: ServiceLog,
  lease: LeaseTerm,
  replayable: Replayable<S, C, E>,
  onProgress: OnProgress,
): Promise<number> {
  const start = await recoveryStart(log);
  await beginAllTasks(log.db);
  await adoptStart(log, lease, start);
  const { name } = log.spec;
  const { lastSequence: last } = start.identity;
  const first = start.from.position + 1;
  let record = (await readRelayRecord(log.db, name)) ?? start.from;
  let appended = 0;
  for await (const chunk of readRange(log.connection, name, first, last)) {
    const done = await transact(log.db, (tx) => bringChunk(tx, log, lease, replayable, record, chunk));
    record = done.record;
    appended += done.appended;
    onProgress(record.position - first + 1, last - first + 1);
  }
  return appended;
}

async function bringChunk<S, C, E extends AnyEvent>(
  tx: Transaction,
  log: ServiceLog,
  lease: LeaseTerm,
  replayable: Replayable<S, C, E>,
  from: RelayRecord,
  chunk: readonly RawMessage[],
): Promise<{ readonly record: RelayRecord; readonly appended: number }> {
  const compared = await compareEvents(tx, from.epoch, chunk).catch((error) => {
    throw asMismatch(error);
  });
  const messages = compared.map(({ message }) => message);
  const to = chain(log.spec.name, from, messages);
  const missing = compared.flatMap(({ message, id }) => (id === undefined ? [message] : []));
  await rebuild(tx, replayable, missing);
  const positions = (await appendPublished(tx, missing)).values();
  const events = compared.map(({ message: { streamId, version }, id }) => ({
    id: id ?? (positions.next().value as bigint),
    streamId,
    version,
  }));
  const record = await recordPublished(tx, lease, { stream: log.spec.name, from, to, events });
  return { record, appended: missing.length };
}

/** All that follows from the events but themselves. Before they are appended: some rows are folds of the events table. */
async function rebuild<S, C, E extends AnyEvent>(
  tx: Tx,
  replayable: Replayable<S, C, E>,
  messages: readonly LogMessage[],
): Promise<void> {
  const { model } = replayable;
  const events = messages.map((message) => readEvent(model.codec, message));
  const rows = await lockRows(tx, replayable, events);
  const { tasks, settled, timers, requests } = replayEvents(replayable, rows, events);
  await writeRows(tx, model, rows);
  await writeTasks(tx, tasks, settled);
  await writeTimers(tx, timers);
  await insertRecoveredRequests(tx, [...requests]);
}

async function lockRows<S, C, E extends AnyEvent>(
  tx: Tx,
  replayable: Replayable<S, C, E>,
  events: readonly ReadEvent<E>[],
): Promise<WorkingSet> {
  const rows: WorkingSet = new Map();
  const wanted = events.flatMap(({ event }) => rowsOf(replayable, event));
  for (const table of replayable.model.tables) {
    const keys = new Set(wanted.filter((key) => key.table === table.name).map(({ key }) => key));
    await together(tx, (at) => lockAndRead(at, table, keys, rows));
  }
  return rows;
}

/** Appends events without outbox rows: they are in the log. Returns their positions, in the order given. */
export async function appendPublished(tx: Tx, events: readonly StoredEvent[]): Promise<bigint[]> {
  if (events.length === 0) return [];
  const { rows } = await sql<{ position: bigint }>`
    insert into events (${eventColumns})
    select ${eventColumns} from ${givenEvents(events)} with ordinality as m(${eventColumns}, n)
    order by n
    returning position`.execute(tx);
  return rows.map(({ position }) => position);
}
