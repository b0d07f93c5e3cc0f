/**
 * What a service says of itself so that the one write path (commandBatch.ts) can run its commands: which rows a command
 * touches, how to lock, read and write them, how they make the decider's state, and what follows from an event.
 */
import type { Tx } from './database.ts';
import type { Decider, EventMeta } from './decider.ts';
import type { AnyEvent, EventCodec } from './events.ts';

/** A row that a command reads or writes. */
export interface RowKey {
  /** A name from the model's tables. */
  readonly table: string;
  readonly key: string;
}

/** A row's state with its version: how many events its aggregate has. 0: not stored yet. */
export interface Versioned<S> {
  readonly state: S;
  readonly version: number;
}

/** One kind of aggregate: its table, and the statements on it, each for many rows at once. */
export interface AggregateTable<S> {
  readonly name: string;
  /** The state of a key without a row. */
  initial(key: string): S;
  /** Locks the rows that exist, in key order, in one statement. Returns how many there are. */
  lock(tx: Tx, keys: readonly string[]): Promise<number>;
  /** Reads them, in a statement of its own: younger than the locks. Keys without a row are left out. */
  read(tx: Tx, keys: readonly string[]): Promise<ReadonlyMap<string, Versioned<S>>>;
  /** Plain INSERT: somebody else's row is a unique violation, and the batch starts again. */
  insert(tx: Tx, rows: readonly RowWrite<S>[]): Promise<void>;
  /** Updates rows that are locked. */
  update(tx: Tx, rows: readonly RowWrite<S>[]): Promise<void>;
}

export interface RowWrite<S> extends Versioned<S> {
  readonly key: string;
}

/** Where an event belongs. */
export interface EventAddress extends RowKey {
  /** The aggregate's id in the events table and in the log (ce-subject). */
  readonly streamId: string;
  /** What its partition is computed from: the order id, or the SKU. */
  readonly partitionKey: string;
}

/** A call to the outside that must follow from an event. */
export interface NewTask {
  /** Derived from the aggregate, so that a repeat collides. */
  readonly taskId: string;
  readonly kind: string;
  readonly payload: Uint8Array;
  /** Unset: at once. */
  readonly dueAt?: Date;
  /** Of the command that asks for it; set by the fold (fold.ts). */
  readonly traceparent?: string;
}

/** What an event does to a timer: a row that becomes a command at its time (timers/timers.ts). */
export type TimerChange =
  | {
      /** Takes the place of one with the same id. */
      readonly type: 'set';
      /** A UUID, derived from the aggregate. */
      readonly timerId: string;
      readonly kind: string;
      readonly payload: Uint8Array;
      readonly dueAt: Date;
      /** Of the command that sets it; set by the fold (fold.ts). */
      readonly traceparent?: string;
    }
  | { readonly type: 'clear'; readonly timerId: string };

/** A service's write side. `S` is what the decider sees: one aggregate, or a few together. */
export interface WriteModel<S, C, E extends AnyEvent> {
  /** `order`, `catalog`, `payment`: part of every event id. */
  readonly service: string;
  readonly codec: EventCodec<E>;
  readonly decider: Decider<S, C, E>;
  /** In the order in which they are locked. */
  // biome-ignore lint/suspicious/noExplicitAny: each table has a state type of its own, which only the model knows.
  readonly tables: readonly AggregateTable<any>[];
  keysOf(command: C): readonly RowKey[];
  /**
   * Rows that only a row of keysOf tells, in tables that come after its own: an order's reservation names the items.
   * Unset: there are none.
   */
  linkedKeysOf?(command: C, row: (key: RowKey) => unknown): readonly RowKey[];
  /** The decider's state, from the rows that keysOf named. */
  assemble(row: (key: RowKey) => unknown, command: C): S;
  /** The part of the decider's state that is one row: compared by identity to tell what changed. */
  pick(state: S, key: RowKey): unknown;
  address(event: E): EventAddress;
  /** What is to be called for after this event. Due times are counted from the event's own time. */
  tasksOf(event: E, meta: EventMeta): readonly NewTask[];
  /**
   * Tasks that are not to be begun any more after this event: in its transaction, those that nobody has begun are deleted.
   * Unset: there are none.
   */
  withdrawnBy?(event: E): readonly string[];
  /** Timers of the event's own aggregate that it sets or clears. Unset: there are none. */
  timersOf?(event: E): readonly TimerChange[];
}
