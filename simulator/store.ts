/**
 * A service's database, in memory: what survives a crash. Nothing in here waits, so that a transaction is one step of the
 * schedule: it reads what is there, gathers its writes, and applies all of them at its commit, or none.
 */
import type { Checkpoint } from '../platform/consume/checkpoints.ts';
import type { ParkedEvent } from '../platform/consume/parkedRow.ts';
import type { StoredEvent } from '../platform/events.ts';
import { PARTITIONS } from '../platform/ids.ts';
import type { LogMessage } from '../platform/log/headers.ts';
import type { RelayRecord } from '../platform/log/relayRecord.ts';
import type { Answer } from '../platform/requests.ts';
import type { NewTask } from '../platform/writeModel.ts';
import { Violation } from './violation.ts';

export interface TaskRow extends NewTask {
  readonly createdMs: number;
  readonly dueMs: number;
  readonly attempts: number;
  readonly holder: string | undefined;
  readonly leasedUntilMs: number;
  /** To its end, without a definite answer. */
  readonly tried: boolean;
}

/** What the relay knows of the log. */
export type SimRecord = Omit<RelayRecord, 'lastId'>;

export interface TimerRow {
  readonly kind: string;
  readonly payload: Uint8Array;
  readonly dueMs: number;
  readonly attempts: number;
}

/** An event with the number of the commit that made it: commits of all services are counted together. */
export interface CommittedEvent extends StoredEvent {
  readonly position: bigint;
  readonly commit: number;
}

export interface Store {
  readonly events: CommittedEvent[];
  /** The events of each aggregate. */
  readonly streams: Map<string, CommittedEvent[]>;
  /** Positions of what is not known to be in the log, ascending. */
  outbox: readonly bigint[];
  /** By table, by key. */
  readonly rows: Map<string, Map<string, unknown>>;
  readonly answers: Map<string, { readonly fingerprint: Uint8Array; readonly answer: Answer }>;
  readonly tasks: Map<string, TaskRow>;
  readonly timers: Map<string, TimerRow>;
  /** By consumer. */
  readonly checkpoints: Map<string, Checkpoint>;
  /** By queueName, in order of sequence. */
  readonly parked: Map<string, readonly ParkedEvent[]>;
  record: SimRecord;
  /** Of the relay. */
  lease: { readonly holder: string; readonly epoch: number };
  /** No table of the real database: how often each message or task has had its effects, for the invariants. */
  readonly effects: Map<string, number>;
  /** Nor is this: of each consumer and aggregate, the sequence of the last message that had its effects. */
  readonly lastEffect: Map<string, number>;
  /** Nor this: queueName of every queue that there ever was. */
  readonly everParked: Set<string>;
}

export const emptyStore = (): Store => ({
  events: [],
  streams: new Map(),
  outbox: [],
  rows: new Map(),
  answers: new Map(),
  tasks: new Map(),
  timers: new Map(),
  checkpoints: new Map(),
  parked: new Map(),
  record: {
    created: 'the first life',
    epoch: 1,
    position: 0,
    prev: new Array<number>(PARTITIONS).fill(0),
  },
  lease: { holder: '', epoch: 0 },
  effects: new Map(),
  lastEffect: new Map(),
  everParked: new Set(),
});

export const queueName = (consumer: string, aggregateId: string): string => `${consumer}/${aggregateId}`;

export const tableOf = (store: Store, table: string): Map<string, unknown> => {
  const rows = store.rows.get(table) ?? new Map<string, unknown>();
  store.rows.set(table, rows);
  return rows;
};

/** A transaction: reads the store as it is, and keeps its writes until the commit. */
export interface SimTx {
  readonly store: Store;
  readonly nowMs: number;
  /** It got its positions early and commits late: others with higher ones came first. */
  readonly isSlow: boolean;
  readonly writes: ((commit: number) => void)[];
}

/** Counts the effects of a message or task. */
export function countEffect({ store, writes }: SimTx, name: string): void {
  writes.push(() => store.effects.set(name, (store.effects.get(name) ?? 0) + 1));
}

/** The messages of one aggregate have their effects in their order. */
export function noteMessage(tx: SimTx, consumer: string, { sequence, streamId }: LogMessage): void {
  countEffect(tx, `${consumer} ${sequence}`);
  const { store, writes } = tx;
  const name = queueName(consumer, streamId);
  writes.push(() => {
    const last = store.lastEffect.get(name) ?? 0;
    if (sequence < last)
      throw new Violation(12, `${consumer} handles message ${sequence} of ${streamId} after ${last}`);
    store.lastEffect.set(name, sequence);
  });
}
