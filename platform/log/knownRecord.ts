/**
 * What this process has seen its service's record at (relayRecord.ts): each new connection to the database must find it
 * there or further on. One that does not has reached a database that was restored from an old backup, or a standby that
 * lags, under a running service: whoever held a position in memory would publish behind it what is in the log already.
 */
import { DatabaseBehind } from './logMismatch.ts';

/** A stream's life, and a sequence in it. */
export interface Place {
  readonly epoch: number;
  readonly position: number;
}

/** What `verify` asks a new connection with. */
export interface Asker {
  query(text: string, values: unknown[]): Promise<{ rows: { epoch: number; position: string | bigint }[] }>;
}

export interface KnownRecord {
  /** It was read or written. */
  note(place: Place): void;
  /** Throws DatabaseBehind, or what the connection throws. */
  verify(connection: Asker): Promise<void>;
}

/** `onBehind` is told why a connection was refused. */
export function createKnownRecord(stream: string, onBehind: (why: string) => void): KnownRecord {
  let known: Place | undefined;
  return {
    note(place) {
      if (known === undefined || isBehind(known, place))
        known = { epoch: place.epoch, position: place.position };
    },
    async verify(connection) {
      // As it is now: what is noted while the answer is on its way may be younger than the answer.
      const expected = known;
      if (expected === undefined) return;
      const { rows } = await connection.query(
        'select stream_epoch as epoch, position from relay where stream = $1',
        [stream],
      );
      const found = rows[0] && { epoch: rows[0].epoch, position: Number(rows[0].position) };
      if (found && !isBehind(found, expected)) return;
      const behind = new DatabaseBehind(
        `the database records ${stream} up to ${found ? nameOf(found) : 'nothing'}, and it was at ${nameOf(expected)} before`,
      );
      onBehind(behind.message);
      throw behind;
    },
  };
}

const isBehind = (one: Place, other: Place): boolean =>
  one.epoch < other.epoch || (one.epoch === other.epoch && one.position < other.position);

const nameOf = ({ epoch, position }: Place): string => `${position} in epoch ${epoch}`;
