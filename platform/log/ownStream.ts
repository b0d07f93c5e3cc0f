/**
 * Is the server's stream still the one that this database knows? A database that has never seen one gets it here: the
 * only place in which a stream is made, and only while there is no record of it.
 */
import type { Database } from '../database.ts';
import type { StoredEvent } from '../events.ts';
import type { Observe } from '../telemetry/observe.ts';
import type { LogConnection } from './connection.ts';
import { LogMismatch } from './logMismatch.ts';
import { insertRelayRecord, type RelayRecord, readRelayRecord } from './relayRecord.ts';
import { createStream, type StreamIdentity, type StreamSpec, streamIdentity } from './stream.ts';

/** A service, its stream and its database. */
export interface ServiceLog {
  /** `order`, `catalog`, `payment`: its events have the source /orderlog/<service>. */
  readonly service: string;
  readonly spec: StreamSpec;
  readonly db: Database;
  readonly connection: LogConnection;
  /** Told of each batch that is published. */
  readonly observe?: Observe<readonly StoredEvent[]>;
  /** Told of each record that is read or written. */
  readonly onRecord?: (record: RelayRecord) => void;
  /** Told of the stream whenever it is looked at. */
  readonly onStream?: (stream: StreamIdentity) => void;
}

/** The record, and a look at the stream that is younger than it. */
export interface OwnStream {
  readonly record: RelayRecord;
  readonly identity: StreamIdentity;
}

/** The first life of a stream. */
const FIRST_EPOCH = 1;

/** Throws LogMismatch if the stream is not the one recorded, is shorter, has holes or breaks a promise. */
export async function ownStream(log: ServiceLog): Promise<OwnStream> {
  const { db, connection, spec } = log;
  // The record first: the log only grows, so what is recorded is in the stream that is looked at afterwards.
  const record = (await readRelayRecord(db, spec.name)) ?? (await adoptStream(log));
  log.onRecord?.(record);
  const identity = await streamIdentity(connection, spec);
  if (!identity) throw new LogMismatch('LOG_MISSING', `the server has no stream ${spec.name}`);
  log.onStream?.(identity);
  checkIdentity(spec, record, identity);
  return { record, identity };
}

/** Makes the stream, or takes an empty one, for a database without a record. */
async function adoptStream({ db, connection, spec }: ServiceLog): Promise<RelayRecord> {
  let identity = await streamIdentity(connection, spec);
  if (!identity) {
    await createStream(connection, spec, FIRST_EPOCH);
    identity = await streamIdentity(connection, spec);
  }
  // Read after the stream: nobody publishes before there is a record, so a stream with messages and still no record
  // belongs to another database, or to an older one.
  const record = await readRelayRecord(db, spec.name);
  if (record) return record;
  if (!identity) throw new Error(`stream ${spec.name} was made and is not there`);
  if (identity.lastSequence >= identity.firstSequence) {
    throw new LogMismatch(
      'LOG_AHEAD',
      `stream ${spec.name} has messages up to ${identity.lastSequence}, and this database has never seen it`,
    );
  }
  checkConfig(spec, identity);
  await insertRelayRecord(db, spec.name, identity);
  const inserted = await readRelayRecord(db, spec.name);
  if (!inserted) throw new Error(`the record of ${spec.name} was inserted and is not there`);
  return inserted;
}

function checkIdentity({ name, ...spec }: StreamSpec, record: RelayRecord, identity: StreamIdentity): void {
  if (identity.created !== record.created) {
    throw new LogMismatch(
      'LOG_RECREATED',
      `stream ${name} was created at ${identity.created}, and the database knows one of ${record.created}`,
    );
  }
  if (identity.epoch !== record.epoch) {
    throw new LogMismatch(
      'LOG_RECREATED',
      `stream ${name} is in epoch ${identity.epoch}, and the database knows epoch ${record.epoch}`,
    );
  }
  if (identity.lastSequence < record.position) {
    throw new LogMismatch(
      'LOG_BEHIND',
      `stream ${name} ends at ${identity.lastSequence}, and ${record.position} is recorded as published`,
    );
  }
  if (identity.missing !== 0) {
    throw new LogMismatch('LOG_HOLE', `stream ${name} lacks ${identity.missing} of its messages`);
  }
  checkConfig({ name, ...spec }, identity);
}

function checkConfig({ name }: StreamSpec, { configProblems }: StreamIdentity): void {
  if (configProblems.length > 0) {
    throw new LogMismatch(
      'LOG_CONFIG',
      `stream ${name} is not configured as it must be: ${configProblems.join(', ')}`,
    );
  }
}
