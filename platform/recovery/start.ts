/**
 * Where reading the log begins, to bring a database up to it: behind what is recorded; from the log's first message, if the
 * database has never seen this stream, or knows an earlier life of it.
 */

import { sql } from 'kysely';
import { transact } from '../database.ts';
import { PARTITIONS } from '../ids.ts';
import type { LeaseTerm } from '../log/lease.ts';
import { LogMismatch } from '../log/logMismatch.ts';
import type { ServiceLog } from '../log/ownStream.ts';
import { checkOverlap } from '../log/reconcile.ts';
import { Fenced, insertRelayRecord, type RelayRecord, readRelayRecord } from '../log/relayRecord.ts';
import { type StreamIdentity, streamIdentity } from '../log/stream.ts';

export interface RecoveryStart {
  readonly from: RelayRecord;
  readonly identity: StreamIdentity;
  /** The log is read from its first message on: what is recorded is of no other stream, or of an earlier life. */
  readonly anew: boolean;
}

/** Throws LogMismatch if the log lacks something itself. */
export async function recoveryStart(log: ServiceLog): Promise<RecoveryStart> {
  const { db, connection, spec } = log;
  const recorded = await readRelayRecord(db, spec.name);
  const identity = await streamIdentity(connection, spec);
  if (!identity) throw new LogMismatch('LOG_MISSING', `the server has no stream ${spec.name}`);
  if (recorded && recorded.created === identity.created && recorded.epoch === identity.epoch) {
    const { record } = await checkOverlap(log);
    return { from: record, identity, anew: false };
  }
  if (identity.missing !== 0) {
    throw new LogMismatch('LOG_HOLE', `stream ${spec.name} lacks ${identity.missing} of its messages`);
  }
  if (recorded && identity.epoch <= recorded.epoch) {
    throw new LogMismatch(
      'LOG_RECREATED',
      `stream ${spec.name} of epoch ${identity.epoch} is not the one that the database knows`,
    );
  }
  return { from: firstRecord(identity), identity, anew: true };
}

const firstRecord = ({ created, epoch, firstSequence }: StreamIdentity): RelayRecord => ({
  created,
  epoch,
  position: firstSequence - 1,
  prev: Array<number>(PARTITIONS).fill(0),
  lastId: 0n,
});

/** Makes the start the record, if it is another. Throws Fenced. */
export async function adoptStart(log: ServiceLog, lease: LeaseTerm, start: RecoveryStart): Promise<void> {
  if (!start.anew) return;
  const { name } = log.spec;
  await transact(log.db, async (tx) => {
    await sql`delete from relay where stream = ${name}`.execute(tx);
    await sql`delete from late_events`.execute(tx);
    await insertRelayRecord(tx, name, start.identity);
    const { rows } = await sql`
      select from leases where name = ${lease.name} and holder = ${lease.holder} and epoch = ${lease.epoch}`.execute(
      tx,
    );
    if (rows.length === 0) throw new Fenced();
  });
}
