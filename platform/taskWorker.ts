/**
 * Calls the outside for the tasks that events asked for (tasks.ts), never inside a transaction.
 *
 * A worker takes tasks as they are made (taskClaims.ts), leases others that are due, up to its concurrency, keeps the leases
 * alive while calls last, and turns each result into a command whose transaction also deletes the task (taskResults.ts): a result counts once, or not at all. The call itself
 * may be made twice (a lease ran out, a process died), so handlers call under an idempotency key derived from the task.
 */
import type { Logger } from 'pino';
import type { Clock } from './clock.ts';
import type { Writer } from './commandBatch.ts';
import type { AnyEvent } from './events.ts';
import type { LogGate } from './log/logGate.ts';
import { createClaim, createSlots, type TaskClaim } from './taskClaims.ts';
import { createTaskResults, type ResultCommand } from './taskResults.ts';
import { giveBackTasks, leaseTasks, renewLeases, type Task, type Vain } from './tasks.ts';
import { outside } from './telemetry/tracer.ts';
import { backoffMs, createNudge, pause, within } from './wait.ts';

/** What came of a call: a command that holds its result, or the time after which to call again. */
export type TaskResult<S, C> =
  | ResultCommand<S, C>
  | { readonly againAfterMs: number; readonly error: string };

/** Makes the call. Outside any transaction, more than once if need be; what it throws is tried again later. */
export type TaskHandler<S, C> = (task: Task, signal: AbortSignal) => Promise<TaskResult<S, C>>;

export interface TaskWorkerOptions<S, C, E extends AnyEvent> {
  /** Names this process; no other may have the same name at the same time. */
  readonly holder: string;
  /** With a pool of its own: calls must go on when rpcs fill theirs. */
  readonly writer: Writer<S, C, E>;
  /** By kind. Tasks of other kinds are left alone. */
  readonly handlers: Readonly<Record<string, TaskHandler<S, C>>>;
  readonly gate: Pick<LogGate, 'isOpen' | 'whenOpen'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Calls of one kind at the same time: those of another do not wait for them. */
  readonly concurrency: number;
  /** After this time without renewal somebody else may make the call. */
  readonly leaseMs: number;
  /** How long a due task waits at most if nobody nudges. */
  readonly pollMs: number;
}

export interface TaskWorker {
  /** For a transaction that may make tasks. */
  claim(): TaskClaim;
  /** Tasks may be due. */
  nudge(): void;
  /** Takes no more tasks, waits for the calls in hand up to the grace, gives the others back. */
  stop(graceMs: number): Promise<void>;
}

/** Between the tries of a call that threw. */
const THROWN_FIRST_MS = 1_000;
const THROWN_MAX_MS = 60_000;

export function startTaskWorker<S, C, E extends AnyEvent>(options: TaskWorkerOptions<S, C, E>): TaskWorker {
  const { holder, writer, logger, leaseMs } = options;
  const stopping = new AbortController();
  const ending = new AbortController();
  const { nudge, wait } = createNudge();
  const inHand = new Map<string, { readonly task: Task; readonly done: Promise<void> }>();
  const kinds = Object.keys(options.handlers);
  const slots = createSlots(kinds, options.concurrency);
  /** Held, or never made: the answer to their COMMIT was lost. */
  const lost = new Set<string>();
  let isLeasing = false;
  const results = createTaskResults<S, C, E>({ ...options, signal: ending.signal });
  const tasksInHand = () => [...inHand.values()].map(({ task }) => task);

  async function handle(task: Task): Promise<void> {
    const result = await call(options, task, ending.signal);
    slots.leave(task);
    // Not for each that ends: a lease is a commit of its own.
    if (slots.isWaiting(task.kind) && slots.room(task.kind) * 2 >= options.concurrency) nudge();
    if (ending.signal.aborted) return;
    if ('command' in result) return results.commit(task, result);
    logger.warn({ taskId: task.taskId, attempts: task.attempts, ...result }, 'the call is made again later');
    await giveBack([task], { afterMs: result.againAfterMs, error: result.error });
    if (result.againAfterMs < options.pollMs) setTimeout(nudge, result.againAfterMs).unref();
  }

  function begin(task: Task): void {
    lost.delete(task.taskId);
    slots.enter(task);
    // Not within the commit that made it, whose span ends without it.
    const done = outside(() => handle(task)).finally(() => {
      // Stopped: it is given back with the others. Leased again meanwhile: that one is in hand.
      if (!ending.signal.aborted && inHand.get(task.taskId)?.task === task) inHand.delete(task.taskId);
    });
    inHand.set(task.taskId, { task, done });
  }

  /** If this fails, the lease runs out by itself. */
  const giveBack = (tasks: readonly Task[], vain?: Vain): Promise<void> =>
    giveBackTasks(writer.db, holder, tasks, vain).catch((failure) =>
      logger.warn({ err: failure }, 'tasks cannot be given back'),
    );

  async function leaseMore(): Promise<void> {
    const rooms = kinds.map((kind) => ({ kind, room: slots.room(kind) })).filter(({ room }) => room > 0);
    if (rooms.length === 0) return;
    const [except, sought] = [[...inHand.keys()], [...lost]];
    isLeasing = true;
    try {
      const leased = await leaseTasks(writer.db, holder, { rooms, leaseMs, except, lost: sought });
      for (const taskId of sought) lost.delete(taskId);
      for (const { kind, room } of rooms) {
        slots.setWaiting(kind, leased.filter((task) => task.kind === kind).length === room);
      }
      for (const task of leased) begin(task);
    } finally {
      isLeasing = false;
    }
  }

  async function run(): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted; ) {
      try {
        await options.gate.whenOpen(stopping.signal);
        if (stopping.signal.aborted) return;
        await leaseMore();
        failures = 0;
        await wait(options.pollMs, stopping.signal);
      } catch (error) {
        logger.error({ err: error }, 'tasks cannot be leased');
        await pause(backoffMs(failures++), stopping.signal);
      }
    }
  }

  const running = run();
  const renewal = setInterval(() => {
    // Whose log gate stays closed keeps a call from nobody: another, whose gate is open, may make it in the end.
    if (inHand.size === 0 || !options.gate.isOpen()) return;
    renewLeases(writer.db, holder, tasksInHand(), leaseMs).catch((error) =>
      logger.warn({ err: error }, 'leases of tasks cannot be renewed'),
    );
  }, leaseMs / 3);

  return {
    claim: () =>
      createClaim({
        holder,
        leaseMs,
        slots,
        // Room that is being filled is nobody's.
        isOpen: () => !isLeasing && !stopping.signal.aborted && options.gate.isOpen(),
        begin,
        left: nudge,
        lost(tasks) {
          for (const { taskId } of tasks) lost.add(taskId);
          nudge();
        },
      }),
    nudge,
    async stop(graceMs) {
      stopping.abort();
      await running;
      const calls = Promise.allSettled([...inHand.values()].map(({ done }) => done));
      await within(graceMs, calls, () => undefined);
      ending.abort();
      clearInterval(renewal);
      await results.idle();
      if (inHand.size > 0) await giveBack(tasksInHand());
    },
  };
}

async function call<S, C, E extends AnyEvent>(
  options: TaskWorkerOptions<S, C, E>,
  task: Task,
  signal: AbortSignal,
): Promise<TaskResult<S, C>> {
  try {
    const handler = options.handlers[task.kind];
    if (!handler) throw new Error(`no handler for tasks of kind ${task.kind}`);
    return await handler(task, signal);
  } catch (error) {
    if (!signal.aborted) options.logger.error({ err: error, taskId: task.taskId }, 'a call threw');
    const againAfterMs = backoffMs(task.attempts, THROWN_FIRST_MS, THROWN_MAX_MS);
    return { againAfterMs, error: error instanceof Error ? error.message : String(error) };
  }
}
