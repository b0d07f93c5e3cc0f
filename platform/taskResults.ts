/**
 * Commits the results of calls: those that came while the last group was being committed are the next group. The task is
 * deleted in the transaction of its result's command; if it is no longer this worker's, somebody else has brought or will
 * bring the result, and the command is left out. While the log gate is closed, results are kept, and their tasks held.
 */
import { setImmediate } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Clock } from './clock.ts';
import { runBatch, type Writer } from './commandBatch.ts';
import { OrderlogError } from './errors.ts';
import type { AnyEvent } from './events.ts';
import type { Envelope, Outcome } from './fold.ts';
import { GATHER_REACTIONS, gatherMs } from './gathering.ts';
import type { LogGate } from './log/logGate.ts';
import { deleteTasks, giveBackTasks, type Task } from './tasks.ts';
import { backoffMs, pause } from './wait.ts';

/** The command that holds a call's result. */
export type ResultCommand<S, C> = Pick<Envelope<S, C>, 'command' | 'cause' | 'traceparent'>;

export interface TaskResults<S, C> {
  /** Settles once the result is committed, or is not to be: the task is no longer in hand. Never rejects. */
  commit(task: Task, result: ResultCommand<S, C>): Promise<void>;
  /** When nothing is being committed. */
  idle(): Promise<void>;
}

export interface TaskResultsOptions<S, C, E extends AnyEvent> {
  readonly holder: string;
  readonly writer: Writer<S, C, E>;
  readonly gate: Pick<LogGate, 'whenOpen'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends the retries of what cannot be committed now. */
  readonly signal: AbortSignal;
}

const MAX_GROUP_RESULTS = 500;
/** Between the tries of a call whose result the decider did not take. */
const REFUSED_FIRST_MS = 1_000;
const REFUSED_MAX_MS = 60_000;

interface Waiting<S, C> {
  readonly task: Task;
  readonly result: ResultCommand<S, C>;
  readonly settle: () => void;
}

/** Rolls a group back of which some tasks are no longer held. */
class TasksLost extends Error {
  readonly taskIds: ReadonlySet<string>;
  constructor(taskIds: readonly string[]) {
    super('tasks of this group are no longer held');
    this.name = 'TasksLost';
    this.taskIds = new Set(taskIds);
  }
}

export function createTaskResults<S, C, E extends AnyEvent>(
  options: TaskResultsOptions<S, C, E>,
): TaskResults<S, C> {
  const { signal } = options;
  let waiting: Waiting<S, C>[] = [];
  let pumping: Promise<void> | undefined;

  async function pump(): Promise<void> {
    // What arrives in this turn of the event loop goes into the same group.
    await setImmediate();
    while (waiting.length > 0 && !signal.aborted) {
      const group = waiting.slice(0, MAX_GROUP_RESULTS);
      waiting = waiting.slice(MAX_GROUP_RESULTS);
      const startedMs = performance.now();
      await commitGroup(options, group);
      const filled = group.length / MAX_GROUP_RESULTS;
      await pause(gatherMs(GATHER_REACTIONS, performance.now() - startedMs, filled), signal);
    }
    for (const { settle } of waiting) settle();
    waiting = [];
  }

  return {
    commit: (task, result) =>
      new Promise((settle) => {
        waiting.push({ task, result, settle });
        pumping ??= pump().finally(() => {
          pumping = undefined;
        });
      }),
    async idle() {
      await pumping;
    },
  };
}

/** Until each of them is committed, or known not to be this worker's any more. */
async function commitGroup<S, C, E extends AnyEvent>(
  options: TaskResultsOptions<S, C, E>,
  results: readonly Waiting<S, C>[],
): Promise<void> {
  const { holder, writer, gate, logger, signal } = options;
  const now = options.clock.now();
  let group = results;
  for (let attempt = 0; group.length > 0; ) {
    await gate.whenOpen(signal);
    if (signal.aborted) break;
    try {
      const envelopes = group.map(({ result }): Envelope<S, C> => ({ ...result, now }));
      const outcomes = await runBatch(writer, envelopes, {
        async after(tx, done) {
          const accepted = group.filter((_, index) => done[index]?.kind === 'accepted');
          const tasks = accepted.map(({ task }) => task);
          const deleted = await deleteTasks(tx, holder, tasks);
          const lost = tasks.filter(({ taskId }) => !deleted.has(taskId));
          if (lost.length > 0) throw new TasksLost(lost.map(({ taskId }) => taskId));
        },
      });
      await giveBackUntaken(options, group, outcomes);
      break;
    } catch (error) {
      if (error instanceof TasksLost) {
        group = group.filter(({ task }) => !error.taskIds.has(task.taskId));
        logger.info({ taskIds: [...error.taskIds] }, 'tasks are in other hands: their results are left out');
      } else {
        // That the gate has closed meanwhile it says itself.
        const level = error instanceof OrderlogError ? 'info' : 'error';
        logger[level]({ err: error, results: group.length }, 'results of calls cannot be committed yet');
        await pause(backoffMs(attempt++), signal);
      }
    }
  }
  for (const { settle } of results) settle();
}

/** A decider that does not take a result is a bug, or older than its history: the call's answer is fetched again later. */
async function giveBackUntaken<S, C, E extends AnyEvent>(
  { holder, writer, logger }: TaskResultsOptions<S, C, E>,
  group: readonly Waiting<S, C>[],
  outcomes: readonly Outcome<S>[],
): Promise<void> {
  for (const [index, { task }] of group.entries()) {
    const outcome = outcomes[index];
    if (!outcome || outcome.kind === 'accepted' || outcome.kind === 'remembered') continue;
    const why = outcome.kind === 'failed' ? { err: outcome.error } : { refusal: outcome.refusal };
    logger.error({ taskId: task.taskId, kind: task.kind, ...why }, 'the result of a call was not taken');
    const afterMs = backoffMs(task.attempts, REFUSED_FIRST_MS, REFUSED_MAX_MS);
    const vain = { afterMs, error: `the answer was not taken: ${wordsOf(outcome)}` };
    // If this fails, the lease runs out by itself.
    await giveBackTasks(writer.db, holder, [task], vain).catch((error) =>
      logger.warn({ err: error, taskId: task.taskId }, 'the task cannot be given back'),
    );
  }
}

function wordsOf(outcome: Extract<Outcome<unknown>, { kind: 'refused' | 'failed' }>): string {
  if (outcome.kind === 'refused') return outcome.refusal.message;
  return outcome.error instanceof Error ? outcome.error.message : String(outcome.error);
}
