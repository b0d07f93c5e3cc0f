/**
 * Folds events that are read back from the log into rows, without the commands that once led to them. Pure; what follows
 * from each event besides (tasks, timers, the request it answers) is gathered for the same transaction.
 */
import type { AnyEvent, EventCodec } from '../events.ts';
import { rowName, type WorkingSet } from '../fold.ts';
import type { LogMessage } from '../log/headers.ts';
import { LogMismatch } from '../log/logMismatch.ts';
import { describe } from '../log/matchEvents.ts';
import type { NewTask, RowKey, TimerChange, WriteModel } from '../writeModel.ts';

/** What a service says of its events beside its write model. */
export interface Replay<S, E extends AnyEvent> {
  /** Rows of other aggregates that an event changes. */
  otherRowsOf(event: E): readonly RowKey[];
  /** The decider's state, from the event's own row and the others. */
  assemble(row: (key: RowKey) => unknown, event: E): S;
  /** Tasks that are over with this event, whether it holds their result or they were withdrawn. */
  settledTasksOf(event: E, before: S): readonly string[];
}

/** A model with its replay. */
export interface Replayable<S, C, E extends AnyEvent> {
  readonly model: WriteModel<S, C, E>;
  readonly replay: Replay<S, E>;
}

/** An event of the log, decoded. */
export interface ReadEvent<E> {
  readonly message: LogMessage;
  readonly event: E;
}

/** What is to be written besides rows and events. */
export interface Consequences {
  /** By task id; each since its event. */
  readonly tasks: Map<string, { readonly task: NewTask; readonly since: Date }>;
  /** Deleted before those of `tasks` are made. */
  readonly settled: Set<string>;
  readonly timers: Map<string, TimerChange>;
  readonly requests: Set<string>;
}

/** Throws LogMismatch for an event that this version cannot read: nothing may be folded without it. */
export function readEvent<E extends AnyEvent>(codec: EventCodec<E>, message: LogMessage): ReadEvent<E> {
  try {
    const event = codec.decode(message.type, message.payload);
    if (event) return { message, event };
  } catch (error) {
    throw new LogMismatch('LOG_UNREADABLE', `${describe(message)} cannot be decoded: ${String(error)}`);
  }
  throw new LogMismatch(
    'LOG_UNREADABLE',
    `${describe(message)} is a ${message.type}, which this version does not know`,
  );
}

/** All rows that an event changes; its own aggregate's first. */
export const rowsOf = <S, C, E extends AnyEvent>(
  { model, replay }: Replayable<S, C, E>,
  event: E,
): readonly RowKey[] => [model.address(event), ...replay.otherRowsOf(event)];

/** Folds events, in the log's order, over the rows, which it changes. Throws LogMismatch where one is missing before. */
export function replayEvents<S, C, E extends AnyEvent>(
  replayable: Replayable<S, C, E>,
  rows: WorkingSet,
  events: readonly ReadEvent<E>[],
): Consequences {
  const consequences: Consequences = {
    tasks: new Map(),
    settled: new Set(),
    timers: new Map(),
    requests: new Set(),
  };
  for (const read of events) {
    const before = evolveRows(replayable, rows, read);
    follow(replayable, read, before, consequences);
  }
  return consequences;
}

/** Returns the state before. */
function evolveRows<S, C, E extends AnyEvent>(
  replayable: Replayable<S, C, E>,
  rows: WorkingSet,
  { event, message }: ReadEvent<E>,
): S {
  const { model, replay } = replayable;
  const { version, time } = message;
  const own = model.address(event);
  const row = (key: RowKey) => {
    const found = rows.get(rowName(key));
    if (!found) throw new Error(`${rowName(key)} is not among the rows that the event names`);
    return found;
  };
  const known = row(own).version;
  if (own.streamId !== message.streamId || version !== known + 1) {
    throw new LogMismatch('LOG_DIFFERS', `${describe(message)} follows version ${known} in the database`);
  }
  const before = replay.assemble((key) => row(key).state, event);
  const after = model.decider.evolve(before, event, { version, time });
  for (const key of rowsOf(replayable, event)) {
    const old = row(key);
    const state = model.pick(after, key);
    const isOwn = rowName(key) === rowName(own);
    if (!isOwn && state === old.state) continue;
    rows.set(rowName(key), { ...old, state, version: isOwn ? version : old.version, dirty: true });
  }
  return before;
}

function follow<S, C, E extends AnyEvent>(
  { model, replay }: Replayable<S, C, E>,
  { event, message }: ReadEvent<E>,
  before: S,
  { tasks, settled, timers, requests }: Consequences,
): void {
  const { version, time } = message;
  for (const taskId of replay.settledTasksOf(event, before)) {
    tasks.delete(taskId);
    settled.add(taskId);
  }
  for (const task of model.tasksOf(event, { version, time })) {
    tasks.set(task.taskId, { task, since: time });
  }
  for (const change of model.timersOf?.(event) ?? []) timers.set(change.timerId, change);
  if (message.request !== undefined) requests.add(message.request);
}
