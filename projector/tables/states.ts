/** The states of one generation, a row an aggregate; and what is parked of them. */
import { sql } from 'kysely';
import type { Tx } from '../../platform/database.ts';
import type { AnyEvent } from '../../platform/events.ts';
import type { Changed, Folded, FoldedBatch, Poisoned } from '../engine/fold.ts';
import type { SumProjection } from './projection.ts';

type Json<S> = Pick<SumProjection<S, AnyEvent>, 'toJson' | 'fromJson'>;

/** Aggregates without a row are left out. */
export async function loadStates<S>(
  db: Tx,
  schema: string,
  { fromJson }: Pick<Json<S>, 'fromJson'>,
  streamIds: readonly string[],
): Promise<Map<string, Folded<S>>> {
  if (streamIds.length === 0) return new Map();
  const { rows } = await sql<{ stream_id: string; version: number; state: object }>`
    select stream_id, version, state from ${sql.id(schema, 'states')}
    where stream_id = any(${streamIds}::text[])`.execute(db);
  return new Map(
    rows.map(({ stream_id, version, state }) => [stream_id, { state: fromJson(state), version }]),
  );
}

/** A state that is to be written, and the text that is. */
export interface Stated<S> {
  readonly streamId: string;
  readonly changed: Changed<S>;
  readonly text: string;
}

export const statedOf = <S>(
  { toJson }: Pick<Json<S>, 'toJson'>,
  changed: ReadonlyMap<string, Changed<S>>,
): readonly Stated<S>[] =>
  Array.from(changed, ([streamId, each]) => ({
    streamId,
    changed: each,
    text: JSON.stringify(toJson(each.state)),
  }));

export async function writeStates(tx: Tx, schema: string, stated: readonly Stated<unknown>[]): Promise<void> {
  if (stated.length === 0) return;
  await sql`
    insert into ${sql.id(schema, 'states')} as s (stream_id, version, sequence, state)
    select * from unnest(
      ${stated.map(({ streamId }) => streamId)}::text[],
      ${stated.map(({ changed }) => changed.version)}::integer[],
      ${stated.map(({ changed }) => changed.sequence)}::bigint[],
      ${stated.map(({ text }) => text)}::jsonb[])
    on conflict (stream_id) do update
      set version = excluded.version, sequence = excluded.sequence, state = excluded.state`.execute(tx);
}

/** At most so many parked aggregates are told at once. */
const MAX_PARKED = 1_000;

/** What is parked beyond a sequence. */
export async function loadParked(db: Tx, schema: string, after = 0): Promise<Poisoned[]> {
  const { rows } = await sql<{ stream_id: string; version: number; sequence: bigint; reason: string }>`
    select stream_id, version, sequence, reason from ${sql.id(schema, 'parked')}
    where sequence > ${after} order by sequence limit ${MAX_PARKED}`.execute(db);
  return rows.map(({ stream_id: streamId, version, sequence, reason }) => ({
    streamId,
    version,
    sequence: Number(sequence),
    reason,
  }));
}

/** Writes down what is parked now, and strikes out what was. */
export async function markParked(
  tx: Tx,
  schema: string,
  { poisoned, refolded }: Pick<FoldedBatch<unknown>, 'poisoned' | 'refolded'>,
): Promise<void> {
  const table = sql.id(schema, 'parked');
  const marked = [...poisoned.keys(), ...refolded];
  if (marked.length === 0) return;
  await sql`delete from ${table} where stream_id = any(${marked}::text[])`.execute(tx);
  const parked = [...poisoned.values()];
  await sql`
    insert into ${table} (stream_id, version, sequence, reason)
    select * from unnest(
      ${parked.map(({ streamId }) => streamId)}::text[],
      ${parked.map(({ version }) => version)}::integer[],
      ${parked.map(({ sequence }) => sequence)}::bigint[],
      ${parked.map(({ reason }) => reason.replaceAll('\0', ''))}::text[])`.execute(tx);
}
