/** The checkpoint of one generation: moved in the transaction of the effects, by compare-and-set on the row as it was found. */
import { sql } from 'kysely';
import type { Database, Tx } from '../../platform/database.ts';
import { OrderlogError } from '../../platform/errors.ts';
import { HEARTBEAT_MS } from '../../platform/modelCheckpoint.ts';
import { CheckpointLost, type Place, TargetHeld } from '../engine/target.ts';

export interface TableCheckpoint {
  place(): Place;
  heartbeatDueMs(): number;
  /** As part of a transaction. Throws CheckpointLost if another process moved it, TargetHeld if the tables are retired. */
  move(tx: Tx, to: Place): Promise<void>;
  /** The transaction of that move was committed. */
  moved(to: Place): void;
}

interface Row {
  shape: string;
  generation: string;
  moves: bigint;
  sequence: bigint;
  last_event_id: string | null;
  stream_epoch: number | null;
}

export interface CheckpointOptions {
  readonly schema: string;
  /** The projection's name, and the shape that this version of the code writes. */
  readonly projection: string;
  readonly shape: string;
  /** Names this process. */
  readonly writer: string;
  /** Asked where the log was never read. */
  readonly firstEpoch: () => Promise<number>;
}

/** Takes up the checkpoint as it is. Throws OrderlogError SHAPE_CHANGED, which needs a person. */
export async function openCheckpoint(db: Database, options: CheckpointOptions): Promise<TableCheckpoint> {
  const { schema, projection, shape, writer, firstEpoch } = options;
  const table = sql.id(schema, 'checkpoint');
  const { rows } = await sql<Row>`
    select shape, generation, moves, sequence, last_event_id, stream_epoch from ${table}`.execute(db);
  const [row] = rows;
  if (!row) throw new Error(`${schema} has no checkpoint`);
  if (row.shape !== shape) throw shapeChanged(projection, schema);
  const { generation } = row;
  let { moves } = row;
  let place: Place = {
    sequence: Number(row.sequence),
    lastEventId: row.last_event_id ?? undefined,
    streamEpoch: row.stream_epoch ?? (await firstEpoch()),
  };
  let writtenAt = Number.NEGATIVE_INFINITY;
  return {
    place: () => place,
    heartbeatDueMs: () => Math.max(0, writtenAt + HEARTBEAT_MS - performance.now()),
    async move(tx, { sequence, lastEventId, streamEpoch }) {
      const { numAffectedRows } = await sql`
        update ${table} set moves = moves + 1, sequence = ${sequence}, last_event_id = ${lastEventId ?? null},
          stream_epoch = ${streamEpoch}, writer = ${writer}, time = clock_timestamp()
        where generation = ${generation} and moves = ${moves} and not is_retired`.execute(tx);
      if (numAffectedRows === 1n) return;
      const { rows: now } = await sql<{ is_retired: boolean }>`select is_retired from ${table}`.execute(tx);
      throw now[0]?.is_retired ? new TargetHeld(schema) : new CheckpointLost(projection);
    },
    moved(to) {
      moves += 1n;
      place = to;
      writtenAt = performance.now();
    },
  };
}

const shapeChanged = (projection: string, schema: string) =>
  new OrderlogError(
    'FAILED_PRECONDITION',
    'SHAPE_CHANGED',
    `the tables of ${schema} are of another shape than this version writes: rebuild them (\`orderlog rebuild ${projection}\`)`,
  );
