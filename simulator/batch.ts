/**
 * The write path (platform/commandBatch.ts) on the store in memory: answers, rows, the very same fold, and what it makes,
 * within one transaction.
 */
import { answerOf } from '../platform/commandBatch.ts';
import { OrderlogError } from '../platform/errors.ts';
import type { AnyEvent } from '../platform/events.ts';
import {
  type Envelope,
  type Folded,
  foldCommands,
  type Outcome,
  rowName,
  type WorkingSet,
} from '../platform/fold.ts';
import { type RequestKey, requestIdReused, requestName, sameFingerprint } from '../platform/requests.ts';
import type { TimerChange, WriteModel } from '../platform/writeModel.ts';
import { appendEvents } from './eventTable.ts';
import type { SimTx } from './store.ts';
import { memoryTable } from './tables.ts';
import { Violation } from './violation.ts';

/** Whatever the service: states, commands and events are the model's own business. */
export type AnyModel = WriteModel<unknown, unknown, AnyEvent>;
export type AnyEnvelope = Envelope<unknown, unknown>;
export type AnyOutcome = Outcome<unknown>;

const MAX_PAYLOAD_BYTES = 1_000_000;

/** One outcome for each envelope. `remembers`: whether answers are kept. */
export function runSlice(
  tx: SimTx,
  model: AnyModel,
  envelopes: readonly AnyEnvelope[],
  remembers: boolean,
): AnyOutcome[] {
  const answers = envelopes.map(({ request }) => request && knownAnswer(tx, request));
  const isOver = ({ firing }: AnyEnvelope) =>
    firing !== undefined &&
    !((tx.store.timers.get(firing.timerId)?.dueMs ?? Infinity) <= firing.horizon.getTime());
  const open = envelopes.filter((envelope, index) => !answers[index] && !isOver(envelope));
  const rows = readRows(tx, model, open);
  const folded = foldCommands(model, rows, open, MAX_PAYLOAD_BYTES);
  writeRows(tx, rows);
  appendEvents(tx, folded.events);
  writeTasks(tx, folded);
  writeTimers(tx, folded.timers);
  if (remembers) insertAnswers(tx, open, folded.outcomes);

  const fresh = folded.outcomes.values();
  return envelopes.map((envelope, index): AnyOutcome => {
    const answer = answers[index];
    if (!answer && isOver(envelope)) return { kind: 'remembered', code: 0, response: new Uint8Array() };
    if (!answer) return fresh.next().value as AnyOutcome;
    if (answer instanceof OrderlogError) return { kind: 'failed', error: answer };
    return { kind: 'remembered', ...answer };
  });
}

function knownAnswer({ store }: SimTx, request: RequestKey) {
  const known = store.answers.get(requestName(request));
  return (
    known && (sameFingerprint(known.fingerprint, request.fingerprint) ? known.answer : requestIdReused())
  );
}

function insertAnswers(
  { store, writes }: SimTx,
  open: readonly AnyEnvelope[],
  outcomes: readonly AnyOutcome[],
): void {
  for (const [index, { request }] of open.entries()) {
    const answer = answerOf(outcomes[index]);
    if (!request || !answer) continue;
    const { fingerprint } = request;
    writes.push(() => store.answers.set(requestName(request), { fingerprint, answer }));
  }
}

/** Table by table, as they are locked: rows tell which rows of later tables belong to them. */
function readRows({ store }: SimTx, model: AnyModel, envelopes: readonly AnyEnvelope[]): WorkingSet {
  const rows: WorkingSet = new Map();
  for (const table of model.tables) {
    for (const { command } of envelopes) {
      const own = model.keysOf(command);
      const isRead = own.every((key) => rows.has(rowName(key)));
      const linked = isRead ? model.linkedKeysOf?.(command, (key) => rows.get(rowName(key))?.state) : [];
      for (const key of [...own, ...(linked ?? [])]) {
        if (key.table !== table.name || rows.has(rowName(key))) continue;
        const row = memoryTable(table.name).read(store, key.key) ?? {
          state: table.initial(key.key),
          version: 0,
        };
        rows.set(rowName(key), { key, ...row, storedVersion: row.version, dirty: false });
      }
    }
  }
  return rows;
}

function writeRows({ store, writes }: SimTx, rows: WorkingSet): void {
  for (const { key, state, version, storedVersion, dirty } of rows.values()) {
    if (!dirty) continue;
    const write = { key: key.key, state, version };
    const table = memoryTable(key.table);
    writes.push(() => (storedVersion > 0 ? table.update(store, write) : table.insert(store, write)));
  }
}

/** Withdrawn tasks go if nobody has begun them; one that is open already is the same call. */
function writeTasks({ store, writes, nowMs }: SimTx, { tasks, withdrawn }: Folded<unknown>): void {
  writes.push(() => {
    for (const taskId of withdrawn) if (store.tasks.get(taskId)?.attempts === 0) store.tasks.delete(taskId);
    for (const task of tasks) {
      const open = store.tasks.get(task.taskId);
      if (open && (open.kind !== task.kind || Buffer.compare(open.payload, task.payload) !== 0)) {
        throw new Violation('bug', `task ${task.taskId} is open with another content`);
      }
      if (open) continue;
      const dueMs = task.dueAt?.getTime() ?? nowMs;
      const free = { attempts: 0, holder: undefined, leasedUntilMs: 0, tried: false };
      store.tasks.set(task.taskId, { ...task, ...free, createdMs: nowMs, dueMs });
    }
  });
}

function writeTimers({ store, writes }: SimTx, changes: ReadonlyMap<string, TimerChange>): void {
  for (const change of changes.values()) {
    writes.push(() => {
      if (change.type === 'clear') return store.timers.delete(change.timerId);
      const { timerId, kind, payload, dueAt } = change;
      return store.timers.set(timerId, { kind, payload, dueMs: dueAt.getTime(), attempts: 0 });
    });
  }
}
