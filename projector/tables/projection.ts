/**
 * A projection kept in PostgreSQL: a state an aggregate, and sums over all states, which are what is read.
 *
 * What an aggregate adds to the sums is a pure function of its state. A commit adds what changed states contribute now, less
 * what they contributed before; so at any moment the sums are those over the states, however the log was cut into batches,
 * and an event that comes twice changes nothing. Reads cost what the sums' rows are, and not what the aggregates are.
 */
import type { AnyEvent } from '../../platform/events.ts';
import type { Projection } from '../engine/projection.ts';

/** A table of sums. A row that is all zero counts as absent. */
export interface SumTable {
  /** Its primary key, in order. */
  readonly keys: Readonly<Record<string, 'date' | 'integer' | 'text'>>;
  /** Its other columns: whole numbers. */
  readonly sums: readonly string[];
}

export type KeyValue = string | number;

/** What one state adds to one row. */
export interface Contribution {
  /** Name of the table. */
  readonly table: string;
  /** In the order of the table's keys; a date is YYYY-MM-DD. */
  readonly key: readonly KeyValue[];
  /** In the order of the table's sums. */
  readonly sums: readonly bigint[];
}

export interface SumProjection<S, E extends AnyEvent> extends Projection<S, E> {
  /** Of the fold and the contributions: raised where the same events shall come to other rows. */
  readonly version: number;
  readonly tables: Readonly<Record<string, SumTable>>;
  /** SQL file that makes the tables of sums, in the schema that is first in the search path. */
  readonly tablesFile: string;
  /** JSON. */
  toJson(state: S): object;
  fromJson(json: object): S;
  /** Pure, and never throws: what cannot be counted is refused by `project`. */
  contributions(state: S): readonly Contribution[];
}
