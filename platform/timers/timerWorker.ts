/**
 * Fires timers (timers.ts): turns each one that is due into a command of its service, and runs them as batches of the one
 * write path, which deletes the timer in the transaction of the command's effects.
 *
 * It fires only what was due at the horizon, up to which nothing is still on its way (log/watermark.ts);
 * without a horizon nothing fires. Replicas need not know of one another: whoever comes second finds the timer gone. A
 * command that is refused, or fails, is logged and its timer put off, longer with each failure; it is never dropped, and
 * the others of its batch go on.
 */
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { runBatch, type Writer } from '../commandBatch.ts';
import type { AnyEvent } from '../events.ts';
import type { Envelope, Outcome } from '../fold.ts';
import type { LogGate } from '../log/logGate.ts';
import { backoffMs, pause } from '../wait.ts';
import { type DueTimer, dueTimers, putOffTimers } from './timers.ts';

/** The command that a due timer becomes. Pure; it must name the aggregate that set the timer. */
export type TimerCommand<C> = (timer: DueTimer) => C;

/** Up to which time timers may fire; undefined: none may now. */
export type Horizon = () => Date | undefined;

export interface TimerWorkerOptions<S, C, E extends AnyEvent> {
  /** With a pool of its own: timers must go on when rpcs fill theirs. */
  readonly writer: Writer<S, C, E>;
  /** By kind. */
  readonly commands: Readonly<Record<string, TimerCommand<C>>>;
  readonly horizon: Horizon;
  readonly gate: Pick<LogGate, 'isOpen' | 'whenOpen'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Between two looks. */
  readonly pollMs: number;
}

export interface TimerWorker {
  /** Finishes the batch in hand. */
  stop(): Promise<void>;
}

const MAX_BATCH_TIMERS = 500;
/** Between the tries of a timer whose command was not taken. */
const PUT_OFF_FIRST_MS = 1_000;
const PUT_OFF_MAX_MS = 60_000;

export function startTimerWorker<S, C, E extends AnyEvent>(
  options: TimerWorkerOptions<S, C, E>,
): TimerWorker {
  const { logger, gate, pollMs } = options;
  const stopping = new AbortController();
  const { signal } = stopping;

  async function fireAllDue(): Promise<void> {
    const horizon = options.horizon();
    if (!horizon) return;
    while (!signal.aborted && gate.isOpen()) {
      const timers = await dueTimers(options.writer.db, horizon, MAX_BATCH_TIMERS);
      if (timers.length > 0) await fire(options, timers, horizon);
      if (timers.length < MAX_BATCH_TIMERS) return;
    }
  }

  async function run(): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      try {
        await gate.whenOpen(signal);
        if (signal.aborted) return;
        await fireAllDue();
        failures = 0;
        await pause(pollMs, signal);
      } catch (error) {
        logger.error({ err: error }, 'timers cannot be fired');
        await pause(backoffMs(failures++), signal);
      }
    }
  }

  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** A timer with what becomes of it. */
interface Fired<S, C> {
  readonly timer: DueTimer;
  /** undefined: there is no command for it. */
  readonly envelope: Envelope<S, C> | undefined;
  /** Why there is none. */
  readonly error?: unknown;
}

async function fire<S, C, E extends AnyEvent>(
  options: TimerWorkerOptions<S, C, E>,
  timers: readonly DueTimer[],
  horizon: Date,
): Promise<void> {
  const { writer, logger } = options;
  const now = options.clock.now();
  const fired = timers.map((timer) => toFired<S, C, E>(options, timer, horizon, now));
  const envelopes = fired.flatMap(({ envelope }) => envelope ?? []);
  let putOff: readonly NotTaken[] = [];
  await runBatch(writer, envelopes, {
    async after(tx, outcomes) {
      putOff = notTaken(fired, outcomes);
      await putOffTimers(tx, putOff);
    },
  });
  for (const { timerId, kind, afterMs, why } of putOff) {
    logger.error({ timerId, kind, afterMs, ...why }, 'a timer could not be fired, and is put off');
  }
}

function toFired<S, C, E extends AnyEvent>(
  { commands }: TimerWorkerOptions<S, C, E>,
  timer: DueTimer,
  horizon: Date,
  now: Date,
): Fired<S, C> {
  try {
    const toCommand = commands[timer.kind];
    if (!toCommand) throw new Error(`no command for timers of kind ${timer.kind}`);
    const { timerId, traceparent } = timer;
    const envelope = { command: toCommand(timer), now, firing: { timerId, horizon } };
    // What follows goes on in the trace of whoever set it.
    return { timer, envelope: traceparent === undefined ? envelope : { ...envelope, traceparent } };
  } catch (error) {
    return { timer, envelope: undefined, error };
  }
}

interface NotTaken {
  readonly timerId: string;
  readonly kind: string;
  readonly afterMs: number;
  readonly why: { readonly err: unknown } | { readonly refusal: unknown };
}

function notTaken<S, C>(fired: readonly Fired<S, C>[], outcomes: readonly Outcome<S>[]): readonly NotTaken[] {
  const outcome = outcomes.values();
  return fired.flatMap(({ timer, envelope, error }) => {
    const why = envelope ? whyNotTaken(outcome.next().value) : { err: error };
    if (!why) return [];
    const { timerId, kind, attempts } = timer;
    return [{ timerId, kind, afterMs: backoffMs(attempts, PUT_OFF_FIRST_MS, PUT_OFF_MAX_MS), why }];
  });
}

function whyNotTaken(outcome: Outcome<unknown> | undefined): NotTaken['why'] | undefined {
  if (outcome?.kind === 'refused') return { refusal: outcome.refusal };
  if (outcome?.kind === 'failed') return { err: outcome.error };
  return undefined;
}
