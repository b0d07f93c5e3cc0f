/** Where a consumer stands, for GetConsumerStatus. */
import { sql } from 'kysely';
import type { ConsumerRange } from '../../proto/gen/orderlog/ops/v1/ops_service.ts';
import type { Database } from '../database.ts';
import type { LogConnection } from '../log/connection.ts';
import { type CheckpointRow, checkpointColumns } from './checkpoints.ts';
import { managerOf, readStream } from './logPlace.ts';
import { countParkedAggregates } from './parked.ts';

/** Who asks for the status wants an answer, above all when the log gives none. */
const STATUS_TIMEOUT_MS = 1_000;

export interface StatusOptions {
  readonly name: string;
  readonly stream: string;
  readonly owner: string;
  readonly db: Database;
  readonly connection: LogConnection;
}

/**
 * All ranges of a consumer, whoever owns them; `problem` is why this replica does not read (others tell their own). The
 * log's last sequence is 0 while the log cannot be asked. Throws what the database throws.
 */
export async function readStatus(options: StatusOptions, problem: string): Promise<readonly ConsumerRange[]> {
  const { name, stream, owner, db, connection } = options;
  const { rows } = await sql<CheckpointRow & { owner: string | null }>`
    select ${checkpointColumns}, case when owner_until > clock_timestamp() then owner end as owner
    from checkpoints where consumer = ${name} order by first_partition`.execute(db);
  const parked = await countParkedAggregates(db, name);
  const streamLastSequence = await lastSequence(connection, stream);
  return rows.map((row) => {
    const partitions = [...parked].filter(
      ([partition]) => row.first_partition <= partition && partition <= row.last_partition,
    );
    return {
      consumer: name,
      stream,
      firstPartition: row.first_partition,
      lastPartition: row.last_partition,
      sequence: row.sequence,
      streamLastSequence,
      ownerId: row.owner ?? '',
      parkedAggregates: BigInt(partitions.reduce((sum, [, aggregates]) => sum + aggregates, 0)),
      error: row.owner === null || row.owner === owner ? problem : '',
    };
  });
}

async function lastSequence(connection: LogConnection, stream: string): Promise<bigint> {
  try {
    const state = await readStream(await managerOf(connection, STATUS_TIMEOUT_MS), stream);
    return BigInt(state.lastSequence);
  } catch {
    return 0n;
  }
}
