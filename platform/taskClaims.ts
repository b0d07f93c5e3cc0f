/**
 * Tasks that a worker takes in the very transaction that makes them: they are born leased, and called for as soon as that
 * has committed. A lease of its own would be one more statement, one more commit and one more wait for each call.
 *
 * Bounds: so many calls of a kind at the same time. Where no room is left, or older tasks of the kind wait for it, tasks
 * are made as anybody's, and wait their turn.
 */
import type { Task } from './tasks.ts';
import type { NewTask } from './writeModel.ts';

/** What one transaction takes. */
export interface TaskClaim {
  readonly holder: string;
  readonly leaseMs: number;
  /** The ids of those that it takes. */
  take(tasks: readonly NewTask[]): ReadonlySet<string>;
  /** The rows that were made, and are held. */
  made(tasks: readonly Task[]): void;
  /** After COMMIT. */
  begin(): void;
  /** The transaction was rolled back; or it is not known what became of it. */
  drop(isUnknown: boolean): void;
}

/** The calls that a worker makes at the same time. */
export interface Slots {
  /** How many more of this kind. */
  room(kind: string): number;
  enter(task: SlotHolder): void;
  leave(task: SlotHolder): void;
  /** Whether tasks of this kind wait in the database, as far as is known. */
  isWaiting(kind: string): boolean;
  setWaiting(kind: string, isWaiting: boolean): void;
}

type SlotHolder = Pick<NewTask, 'taskId' | 'kind'>;

export function createSlots(kinds: readonly string[], perKind: number): Slots {
  const byKind = new Map(kinds.map((kind) => [kind, new Set<string>()]));
  // What was made before this process came.
  const waiting = new Set(kinds);
  return {
    room: (kind) => Math.max(0, perKind - (byKind.get(kind)?.size ?? perKind)),
    enter: ({ kind, taskId }) => void byKind.get(kind)?.add(taskId),
    leave: ({ kind, taskId }) => void byKind.get(kind)?.delete(taskId),
    isWaiting: (kind) => waiting.has(kind),
    setWaiting(kind, isWaiting) {
      if (isWaiting) waiting.add(kind);
      else waiting.delete(kind);
    },
  };
}

/** What the claim's worker is told. */
export interface Claimant {
  readonly holder: string;
  readonly leaseMs: number;
  readonly slots: Slots;
  /** Whether it takes any now. */
  readonly isOpen: () => boolean;
  /** Calls for a task that it holds. */
  readonly begin: (task: Task) => void;
  /** Tasks were made that it did not take. */
  readonly left: () => void;
  /** These may be held by it, or not exist. */
  readonly lost: (tasks: readonly Task[]) => void;
}

export function createClaim({ holder, leaseMs, slots, isOpen, begin, left, lost }: Claimant): TaskClaim {
  const taken = new Map<string, NewTask>();
  let made: readonly Task[] = [];
  let isAnyLeft = false;
  const takes = ({ kind, dueAt }: NewTask) =>
    isOpen() && dueAt === undefined && !slots.isWaiting(kind) && slots.room(kind) > 0;
  return {
    holder,
    leaseMs,
    take(tasks) {
      for (const task of tasks) {
        if (takes(task)) {
          slots.enter(task);
          taken.set(task.taskId, task);
        } else if (!taken.has(task.taskId)) {
          slots.setWaiting(task.kind, true);
          isAnyLeft = true;
        }
      }
      return new Set(taken.keys());
    },
    made(tasks) {
      made = tasks;
    },
    begin() {
      for (const task of made) {
        taken.delete(task.taskId);
        begin(task);
      }
      // Open already, under somebody's lease.
      for (const task of taken.values()) slots.leave(task);
      if (isAnyLeft) left();
    },
    drop(isUnknown) {
      for (const task of taken.values()) slots.leave(task);
      if (isUnknown) lost(made);
    },
  };
}
