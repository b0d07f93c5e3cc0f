/**
 * The one write path: a batch of commands in one transaction.
 *
 * lock and read (lockedRows.ts), fold (fold.ts), write (states, events, outbox, tasks, timers, answers), COMMIT: each goes out
 * as a whole, and commands of an rpc take these three round trips, BEGIN being part of the first. Whoever asks, an rpc, a consumer,
 * a timer or a finished task, comes this way; what else must happen in the same transaction comes as hooks.
 *
 * Errors: contention (deadlock, a row that somebody else inserted first) starts the batch again, boundedly; a statement
 * that the database refuses is hunted down by halves, so that one bad command never fails its neighbours; infrastructure
 * errors, CommitUnknown, the writer's own refusal and what a hook throws go to the caller, with nothing done (CommitUnknown:
 * try the same again).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import {
  CommitUnknown,
  type Database,
  isContention,
  isInfrastructureError,
  isUniqueViolation,
  type Transaction,
  type Tx,
  together,
  transact,
} from './database.ts';
import { grpcStatusOf, OrderlogError } from './errors.ts';
import { appendEvents } from './eventStore.ts';
import type { AnyEvent, StoredEvent } from './events.ts';
import { type Envelope, foldCommands, type Outcome, type WorkingSet } from './fold.ts';
import { toStatusBytes } from './grpc/status.ts';
import { type Beginning, beginningOf } from './lockedRows.ts';
import { ANSWER_LOST, type Answer, insertAnswers, requestName } from './requests.ts';
import type { TaskClaim } from './taskClaims.ts';
import { insertTasks, withdrawTasks } from './tasks.ts';
import { type Observe, observed } from './telemetry/observe.ts';
import { lockFirings, writeTimers } from './timers/timers.ts';
import type { WriteModel } from './writeModel.ts';

/** What a batch writes with. */
export interface Writer<S, C, E extends AnyEvent> {
  readonly db: Database;
  readonly model: WriteModel<S, C, E>;
  /** The log server's bound on one message, less room for its headers. */
  readonly maxPayloadBytes: number;
  /** Why nothing may be written now (the log gate is closed), asked before each transaction; unset: it always may. */
  readonly refusal?: () => OrderlogError | undefined;
  /** Told of the events after each COMMIT that made some. */
  readonly onCommitted: (events: readonly StoredEvent[]) => void;
  /** Told of each batch, and how it ended. */
  readonly observe?: Observe<readonly Envelope<S, C>[], readonly Outcome<S>[]>;
  /** Takes the tasks that a batch makes; unset: they wait for whoever leases them. */
  readonly claim?: () => TaskClaim | undefined;
}

/** More work for the same transaction. What a hook throws rolls the batch back and reaches the caller. */
export interface BatchHooks<S> {
  /** First in the transaction: moves a checkpoint, locks what must be locked first. */
  readonly before?: (tx: Tx) => Promise<void>;
  /** Last before COMMIT: parks what failed, deletes finished tasks. */
  readonly after?: (tx: Tx, outcomes: readonly Outcome<S>[]) => Promise<void>;
}

/** How often a batch starts again after it lost against others. */
const MAX_ATTEMPTS = 10;
/** How often a unique violation is taken for a race that the next attempt will see; after that a command is to blame. */
const MAX_RACES = 6;

/** Runs a batch; one outcome for each envelope, in their order. */
export const runBatch = <S, C, E extends AnyEvent>(
  writer: Writer<S, C, E>,
  envelopes: readonly Envelope<S, C>[],
  hooks: BatchHooks<S> = {},
): Promise<readonly Outcome<S>[]> =>
  observed(writer.observe, envelopes, () => runAttempts(writer, envelopes, hooks));

async function runAttempts<S, C, E extends AnyEvent>(
  writer: Writer<S, C, E>,
  envelopes: readonly Envelope<S, C>[],
  hooks: BatchHooks<S>,
): Promise<readonly Outcome<S>[]> {
  let byHalves = false;
  for (let attempt = 1; ; attempt++) {
    const isRace = (error: unknown) => isUniqueViolation(error) && attempt <= MAX_RACES;
    const isCulprit = (error: unknown) => isStatementError(error) && !isRace(error);
    const refusal = writer.refusal?.();
    if (refusal) throw refusal;
    // A part that is rolled back takes its tasks with it: those of parts are left to whoever leases them.
    const claim = byHalves ? undefined : writer.claim?.();
    try {
      const outcomes = byHalves
        ? await transact(writer.db, async (tx) => {
            await hooks.before?.(tx);
            const done = await runByHalves(tx, writer, envelopes, isCulprit);
            await hooks.after?.(tx, done);
            return done;
          })
        : await runWhole(writer, envelopes, hooks, claim);
      const events = outcomes.flatMap((outcome) => (outcome.kind === 'accepted' ? outcome.events : []));
      claim?.begin();
      if (events.length > 0) writer.onCommitted(events);
      return outcomes;
    } catch (error) {
      claim?.drop(error instanceof CommitUnknown);
      if (attempt >= MAX_ATTEMPTS || isInfrastructureError(error)) throw error;
      if (isContention(error) || isRace(error)) await sleep(Math.random() * 10 * attempt);
      else if (isCulprit(error) && !byHalves) byHalves = true;
      else throw error;
    }
  }
}

/** A statement was refused for what it holds: some command of the batch is to blame. */
const isStatementError = (error: unknown): boolean =>
  /^(22|23|54)/.test(String((error as { code?: unknown } | null)?.code ?? ''));

async function runWhole<S, C, E extends AnyEvent>(
  writer: Writer<S, C, E>,
  envelopes: readonly Envelope<S, C>[],
  { before, after }: BatchHooks<S>,
  claim: TaskClaim | undefined,
): Promise<readonly Outcome<S>[]> {
  const beginning = beginningOf(writer.model, envelopes);
  const go = (tx: Transaction) => runSlice(tx, writer, envelopes, beginning, { claim, after });
  if (!before) return transact(writer.db, go, beginning.first);
  return transact(writer.db, async (tx) => {
    await together(tx, (at) => [before(at), ...beginning.first(at)]);
    return go(tx);
  });
}

interface SliceOptions<S> extends Pick<BatchHooks<S>, 'after'> {
  readonly claim: TaskClaim | undefined;
}

/** Fold and write, within the transaction in which the slice began. */
async function runSlice<S, C, E extends AnyEvent>(
  tx: Transaction,
  { model, maxPayloadBytes }: Writer<S, C, E>,
  envelopes: readonly Envelope<S, C>[],
  beginning: Beginning,
  { claim, after }: SliceOptions<S>,
): Promise<readonly Outcome<S>[]> {
  await beginning.rest(tx);
  const answers = beginning.answers();
  const known = ({ request }: Envelope<S, C>) => request && answers.get(requestName(request));
  const answered = (envelope: Envelope<S, C>) => {
    const answer = known(envelope);
    return answer === ANSWER_LOST ? undefined : answer;
  };
  const unanswered = envelopes
    .filter((envelope) => !answered(envelope))
    .map((envelope) => (known(envelope) === ANSWER_LOST ? { ...envelope, doneBefore: true } : envelope));

  // Younger than the aggregates' locks: whoever fired or cleared the timer first has committed.
  const due = await lockFirings(
    tx,
    unanswered.flatMap(({ firing }) => firing ?? []),
  );
  const isOver = ({ firing }: Envelope<S, C>) => firing !== undefined && !due.has(firing.timerId);
  const open = unanswered.filter((envelope) => !isOver(envelope));
  const folded = foldCommands(model, beginning.rows, open, maxPayloadBytes);
  const answering = open.flatMap((envelope, index) => {
    const answer = answerOf(folded.outcomes[index]);
    return envelope.request && answer ? { key: envelope.request, answer, time: envelope.now } : [];
  });
  const fresh = folded.outcomes.values();
  const outcomes = envelopes.map((envelope): Outcome<S> => {
    const answer = answered(envelope);
    if (!answer && isOver(envelope)) return { kind: 'remembered', code: 0, response: new Uint8Array() };
    if (!answer) return fresh.next().value as Outcome<S>;
    if (answer instanceof OrderlogError) return { kind: 'failed', error: answer };
    return { kind: 'remembered', code: answer.code, response: answer.response };
  });
  await together(tx, (at) => [
    writeRows(at, model, beginning.rows),
    appendEvents(at, folded.events),
    withdrawTasks(at, [...folded.withdrawn]),
    insertTasks(at, folded.tasks, claim),
    writeTimers(at, folded.timers),
    insertAnswers(at, answering),
    ...(after ? [after(at, outcomes)] : []),
  ]);
  return outcomes;
}

/** The same, each part behind a savepoint: a part that the database refuses is halved until one command is left. */
async function runByHalves<S, C, E extends AnyEvent>(
  tx: Transaction,
  writer: Writer<S, C, E>,
  envelopes: readonly Envelope<S, C>[],
  isCulprit: (error: unknown) => boolean,
): Promise<readonly Outcome<S>[]> {
  await sql`savepoint part`.execute(tx);
  try {
    const beginning = beginningOf(writer.model, envelopes);
    await together(tx, beginning.first);
    const outcomes = await runSlice(tx, writer, envelopes, beginning, { claim: undefined });
    await sql`release savepoint part`.execute(tx);
    return outcomes;
  } catch (error) {
    if (!isCulprit(error)) throw error;
    await sql`rollback to savepoint part`.execute(tx);
    await sql`release savepoint part`.execute(tx);
    if (envelopes.length === 1) return [{ kind: 'failed', error }];
    const half = Math.ceil(envelopes.length / 2);
    const first = await runByHalves(tx, writer, envelopes.slice(0, half), isCulprit);
    return [...first, ...(await runByHalves(tx, writer, envelopes.slice(half), isCulprit))];
  }
}

/** What is remembered of an outcome: answers and business refusals, not what a repeat may mend. */
export function answerOf(outcome: Outcome<unknown> | undefined): Answer | undefined {
  if (outcome?.kind === 'accepted') return { code: 0, response: outcome.response ?? new Uint8Array() };
  if (outcome?.kind !== 'refused' || outcome.refusal.code === 'UNAVAILABLE') return undefined;
  const error = refusalError(outcome.refusal);
  return { code: grpcStatusOf[error.code], response: toStatusBytes(error) };
}

/** A refusal as the error that its caller gets. */
export const refusalError = (refusal: {
  code: OrderlogError['code'];
  reason: string;
  message: string;
  field?: string;
}): OrderlogError =>
  new OrderlogError(refusal.code, refusal.reason, refusal.message, {
    violations: refusal.field ? [{ field: refusal.field, description: refusal.message }] : [],
    ...(refusal.code === 'UNAVAILABLE' && { retryAfterMs: 1_000 }),
  });

export async function writeRows<S, C, E extends AnyEvent>(
  tx: Tx,
  model: WriteModel<S, C, E>,
  rows: WorkingSet,
): Promise<void> {
  const dirty = [...rows.values()].filter((row) => row.dirty);
  await Promise.all(
    model.tables.flatMap((table) => {
      const own = dirty.filter((row) => row.key.table === table.name);
      const writes = (stored: boolean) =>
        own
          .filter((row) => row.storedVersion > 0 === stored)
          .map(({ key, state, version }) => ({ key: key.key, state, version }));
      const [fresh, changed] = [writes(false), writes(true)];
      return [fresh.length > 0 && table.insert(tx, fresh), changed.length > 0 && table.update(tx, changed)];
    }),
  );
}
