/** The checkpoint of one generation: moved in the transaction of the effects, by compare-and-set on the row as it was found. */
import { sql } from 'kysely';
import { type Database, type Tx, transact } from '../../platform/database.ts';
import { OrderlogError } from '../../platform/errors.ts';
import { HEARTBEAT_MS, NOBODY } from '../../platform/modelCheckpoint.ts';
import { CheckpointLost, type Move, type Place, TargetHeld } from '../engine/target.ts';

export interface TableCheckpoint {
  place(): Place;
  writeDueMs(): number;
  /** As part of a transaction. Throws CheckpointLost if another process moved it, TargetHeld if the tables are retired. */
  move(tx: Tx, to: Place): Promise<void>;
  /** A move of nothing, the last of this process, if there were any, in a transaction of its own. Throws as `move` does. */
  leave(): Promise<void>;
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
  const hasMoved = () => writtenAt > Number.NEGATIVE_INFINITY;
  async function writeAs(by: string, tx: Tx, { sequence, lastEventId, streamEpoch }: Place): Promise<void> {
    const { numAffectedRows } = await sql`
      update ${table} set moves = moves + 1, sequence = ${sequence}, last_event_id = ${lastEventId ?? null},
        stream_epoch = ${streamEpoch}, writer = ${by}, time = clock_timestamp()
      where generation = ${generation} and moves = ${moves} and not is_retired`.execute(tx);
    if (numAffectedRows === 1n) return;
    const { rows: now } = await sql<{ is_retired: boolean }>`select is_retired from ${table}`.execute(tx);
    throw now[0]?.is_retired ? new TargetHeld(schema) : new CheckpointLost(projection);
  }
  return {
    place: () => place,
    writeDueMs: () => Math.max(0, writtenAt + HEARTBEAT_MS - performance.now()),
    move: (tx, to) => writeAs(writer, tx, to),
    async leave() {
      if (hasMoved()) await transact(db, (tx) => writeAs(NOBODY, tx, place));
    },
    moved(to) {
      moves += 1n;
      place = to;
      writtenAt = performance.now();
    },
  };
}

/** Throws what the database throws. */
export async function lastMove(db: Database, schema: string): Promise<Move> {
  const { rows } = await sql<Pick<Row, 'moves'> & { writer: string }>`
    select moves, writer from ${sql.id(schema, 'checkpoint')}`.execute(db);
  const [row] = rows;
  return { id: `${schema}/${row?.moves}`, hasLeft: (row?.writer ?? NOBODY) === NOBODY };
}

const shapeChanged = (projection: string, schema: string) =>
  new OrderlogError(
    'FAILED_PRECONDITION',
    'SHAPE_CHANGED',
    `the tables of ${schema} are of another shape than this version writes: rebuild them (\`orderlog rebuild ${projection}\`)`,
  );
