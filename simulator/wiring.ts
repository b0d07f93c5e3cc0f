/** The rules by which the platform's loops keep their promises, one by one, so that a mutation can break each of them. */
import type { Task } from '../platform/tasks.ts';
import type { SimRecord, TaskRow } from './store.ts';
import type { RelayMemory, Replica, World } from './world.ts';

export interface Wiring {
  /** Answers are kept in the command's own transaction, and given again. */
  readonly remembersRequests: boolean;
  /** A caller is answered only once its command is committed. */
  readonly answersAfterCommit: boolean;
  /** A checkpoint moves in the transaction of the effects, from where its owner knows it; else in one before it. */
  readonly movesCheckpointWithEffects: boolean;
  /** Later events of a parked aggregate wait behind it. */
  readonly queuesBehindParked: boolean;
  /** The log takes a batch only right behind the sequence that the relay names. */
  readonly fencesPublishes: boolean;
  /** Outbox rows are deleted once their events are acknowledged. */
  readonly recordsAfterPublish: boolean;
  /** Whether an outbox row is deleted once these were published. */
  readonly isPublished: (position: bigint, published: readonly bigint[]) => boolean;
  /** Where a relay goes on from after a refusal or an unknown acknowledgement. */
  readonly afterUnknown: (memory: { epoch: number; record: SimRecord }, lastSequence: number) => RelayMemory;
  /** Whether a call's result may still be recorded by who made the call. */
  readonly isHeld: (row: TaskRow | undefined, task: Task, holder: string) => boolean;
  /** Up to when timers may fire; undefined: none may. */
  readonly horizon: (world: World, replica: Replica) => Date | undefined;
}

export const wiring: Wiring = {
  remembersRequests: true,
  answersAfterCommit: true,
  movesCheckpointWithEffects: true,
  queuesBehindParked: true,
  fencesPublishes: true,
  recordsAfterPublish: true,
  isPublished: (position, published) => published.includes(position),
  afterUnknown: ({ epoch }) => ({ phase: 'reconciles', epoch }),
  isHeld: (row, task, holder) => row?.holder === holder && row.attempts === task.attempts,
  horizon: (_, replica) => replica.horizon,
};
