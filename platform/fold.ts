/**
 * The pure heart of the write path: commands folded, in order, through the decider over the rows of a batch. Nothing here
 * waits; a command that is refused, or that fails, leaves the rows as they were.
 */
import { nothing, type Refusal } from './decider.ts';
import { OrderlogError } from './errors.ts';
import type { AnyEvent, EventCause, StoredEvent } from './events.ts';
import { eventIdOf, partitionOf } from './ids.ts';
import { type RequestKey, requestMark } from './requests.ts';
import type { Firing } from './timers/timers.ts';
import type { EventAddress, NewTask, RowKey, TimerChange, Versioned, WriteModel } from './writeModel.ts';

/** A command with what was fixed when it was gathered; the same through every retry. */
export interface Envelope<S, C> {
  readonly command: C;
  /** The database's time at the gathering. */
  readonly now: Date;
  /** The event that brought the command about; unset where a caller did. */
  readonly cause?: EventCause;
  readonly traceparent?: string;
  /** Set for commands that came by rpc. */
  readonly request?: RequestKey;
  /** It was done before, and its answer lost: nothing is decided, and it is answered from the state as it is. */
  readonly doneBefore?: boolean;
  /** Set for commands that fire a timer of an aggregate whose rows they lock; it is cleared with them. */
  readonly firing?: Firing;
  /** The answer's bytes, from the state after the command; remembered under `request`. */
  readonly reply?: (after: Versioned<S>) => Uint8Array;
}

/** What became of one command. */
export type Outcome<S> =
  | {
      readonly kind: 'accepted';
      /** The decider's state after the command, and the version of its first row. */
      readonly after: Versioned<S>;
      readonly events: readonly StoredEvent[];
      readonly response: Uint8Array | undefined;
    }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** It was answered before: `code` 0, or that of a google.rpc.Status. Or its timer is no longer to be fired: code 0. */
  | { readonly kind: 'remembered'; readonly code: number; readonly response: Uint8Array }
  /** It cannot be done, and a repeat will not help: a bug, or a payload beyond the bound. */
  | { readonly kind: 'failed'; readonly error: unknown };

/** A row as the batch sees it. */
export interface WorkingRow extends Versioned<unknown> {
  readonly key: RowKey;
  /** The version found in the table; 0: there was no row. */
  readonly storedVersion: number;
  readonly dirty: boolean;
}

/** The rows of a batch, by rowName. */
export type WorkingSet = Map<string, WorkingRow>;

export const rowName = (key: RowKey): string => `${key.table}/${key.key}`;

/** What a batch has to write. */
export interface Folded<S> {
  readonly outcomes: Outcome<S>[];
  readonly events: StoredEvent[];
  readonly tasks: NewTask[];
  /** Ids of tasks that are not to be begun any more; none of them is among `tasks`. */
  readonly withdrawn: Set<string>;
  /** By timer id, the last change of each. */
  readonly timers: Map<string, TimerChange>;
}

/** Folds the commands over the rows, which it changes. */
export function foldCommands<S, C, E extends AnyEvent>(
  model: WriteModel<S, C, E>,
  rows: WorkingSet,
  envelopes: readonly Envelope<S, C>[],
  maxPayloadBytes: number,
): Folded<S> {
  const folded: Folded<S> = { outcomes: [], events: [], tasks: [], withdrawn: new Set(), timers: new Map() };
  for (const envelope of envelopes) {
    try {
      folded.outcomes.push(foldOne(model, rows, envelope, maxPayloadBytes, folded));
    } catch (error) {
      folded.outcomes.push({ kind: 'failed', error });
    }
  }
  return folded;
}

function foldOne<S, C, E extends AnyEvent>(
  model: WriteModel<S, C, E>,
  rows: WorkingSet,
  envelope: Envelope<S, C>,
  maxPayloadBytes: number,
  folded: Folded<S>,
): Outcome<S> {
  const { command, now } = envelope;
  const linked = model.linkedKeysOf?.(command, (key) => rowOf(rows, key).state) ?? [];
  const keys = [...model.keysOf(command), ...linked];
  const own = new Map(keys.map((key) => [rowName(key), rowOf(rows, key)]));
  const before = model.assemble((key) => rowOf(own, key).state, command);
  const decision = envelope.doneBefore ? nothing : model.decider.decide(command, before, { now });
  if ('refusal' in decision) return { kind: 'refused', refusal: decision.refusal };

  const versions = new Map<string, number>();
  const versionOf = (key: RowKey) => versions.get(rowName(key)) ?? rowOf(own, key).version;
  const events: StoredEvent[] = [];
  const tasks: NewTask[] = [];
  let state = before;
  for (const event of decision.events) {
    const address = model.address(event);
    const version = versionOf(address) + 1;
    versions.set(rowName(address), version);
    const meta = { version, time: now };
    state = model.decider.evolve(state, event, meta);
    events.push(toStored(model, event, address, version, envelope, maxPayloadBytes));
    for (const task of model.tasksOf(event, meta)) tasks.push(withTrace(task, envelope));
  }
  const withdrawn = new Set(decision.events.flatMap((event) => model.withdrawnBy?.(event) ?? []));
  const timers = decision.events.flatMap((event) => model.timersOf?.(event) ?? []);
  const changed = [...own].flatMap(([name, row]): [string, WorkingRow][] => {
    const next = model.pick(state, row.key);
    const version = versionOf(row.key);
    const isSame = next === row.state && version === row.version;
    return isSame ? [] : [[name, { ...row, state: next, version, dirty: true }]];
  });
  const primary = keys[0];
  const after = { state, version: primary ? versionOf(primary) : 0 };
  const response = envelope.reply?.(after);

  // From here on nothing can fail: the command takes effect as a whole.
  for (const [name, row] of changed) rows.set(name, row);
  folded.events.push(...events);
  takeTasks(folded, tasks, withdrawn);
  if (envelope.firing) {
    const { timerId } = envelope.firing;
    folded.timers.set(timerId, { type: 'clear', timerId });
  }
  for (const change of timers) folded.timers.set(change.timerId, withTrace(change, envelope));
  return { kind: 'accepted', after, events, response };
}

/** What is begun now and goes on later: a task, or a timer. */
const withTrace = <T extends NewTask | TimerChange>(
  later: T,
  { traceparent }: Pick<Envelope<never, never>, 'traceparent'>,
): T => (traceparent === undefined ? later : { ...later, traceparent });

/** A task that an earlier command of the batch made may be withdrawn by a later one. */
function takeTasks<S>(folded: Folded<S>, tasks: readonly NewTask[], withdrawn: ReadonlySet<string>): void {
  folded.tasks.push(...tasks);
  if (withdrawn.size === 0) return;
  const left = folded.tasks.filter(({ taskId }) => !withdrawn.has(taskId));
  folded.tasks.splice(0, folded.tasks.length, ...left);
  for (const taskId of withdrawn) folded.withdrawn.add(taskId);
}

function rowOf(rows: ReadonlyMap<string, WorkingRow>, key: RowKey): WorkingRow {
  const row = rows.get(rowName(key));
  if (!row) throw new Error(`${rowName(key)} is not among the rows that the command named`);
  return row;
}

function toStored<S, C, E extends AnyEvent>(
  model: WriteModel<S, C, E>,
  event: E,
  address: EventAddress,
  version: number,
  envelope: Envelope<S, C>,
  maxPayloadBytes: number,
): StoredEvent {
  const payload = model.codec.encode(event);
  if (payload.length > maxPayloadBytes) {
    throw new OrderlogError(
      'INVALID_ARGUMENT',
      'EVENT_TOO_LARGE',
      `${event.type} would be ${payload.length} bytes; the log takes ${maxPayloadBytes}: send less`,
    );
  }
  return {
    streamId: address.streamId,
    version,
    eventId: eventIdOf(model.service, address.streamId, version),
    type: model.codec.fullName(event.type),
    partition: partitionOf(address.partitionKey),
    time: envelope.now,
    cause: envelope.cause,
    traceparent: envelope.traceparent,
    request: envelope.request && requestMark(envelope.request),
    payload,
  };
}
