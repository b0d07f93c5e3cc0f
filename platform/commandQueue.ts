/**
 * Group commit for commands that come by rpc: they queue, and when a flush ends the next one takes what is there, up
 * to 250. Half of that is worth a flush beside the one under way: while the database works on one, this process works on the other.
 * With less, flushes begin no closer together than an interval (gathering.ts): what comes alone is not kept waiting.
 * Commands of one row stay in order; a flush that takes long (a row that another transaction holds) is overtaken by
 * others whose rows are disjoint from its own. The queue is bounded in commands and bytes, and starts of sagas are shed first: what goes on with a saga is
 * what drains the system. A command that would wait beyond its caller's deadline is refused at once.
 *
 * Errors: RESOURCE_EXHAUSTED (full or too long for the deadline; with a time to retry after), DEADLINE_EXCEEDED and CANCELLED (dropped before they were
 * begun), UNAVAILABLE (the database cannot be reached, the log gate is closed, or the answer to COMMIT stayed lost: repeat
 * with the same request_id), INVALID_ARGUMENT (request_id reused).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from './clock.ts';
import { refusalError, runBatch, type Writer } from './commandBatch.ts';
import { CommitUnknown, isInfrastructureError } from './database.ts';
import type { OrderlogError } from './errors.ts';
import type { AnyEvent } from './events.ts';
import { type Envelope, type Outcome, rowName } from './fold.ts';
import { GATHER_COMMANDS_MS } from './gathering.ts';
import { fromStatusBytes } from './grpc/status.ts';
import {
  databaseUnavailable,
  droppedError,
  isDropped,
  QUEUE_FULL,
  queueTooLong,
  unavailable,
} from './queueErrors.ts';
import { type RequestKey, requestName, sameFingerprint } from './requests.ts';
import { createSojourn, type Visit } from './sojourn.ts';
import type { Versioned } from './writeModel.ts';

export interface Submission<S, C> {
  readonly command: C;
  readonly request: RequestKey;
  /** The answer's bytes, from the state after the command. */
  readonly reply: (after: Versioned<S>) => Uint8Array;
  /** Size of the request, for the queue's bound. */
  readonly bytes: number;
  /** Aborted when the client goes away or its deadline passes: a command not yet begun is dropped. */
  readonly signal: AbortSignal;
  readonly traceparent?: string;
  /** Starts a saga: shed first. */
  readonly startsSaga?: boolean;
}

export interface CommandQueue<S, C> {
  /** The answer's bytes, once committed. Throws OrderlogError. */
  submit(submission: Submission<S, C>): Promise<Uint8Array>;
  /**
   * Why the start of a saga is not worth while now: it could not be answered by its deadline (unset: there is none). Who is
   * modest in what he has here already gets the room that is kept from the others.
   */
  refusal(deadline: Date | undefined, isModest?: boolean): OrderlogError | undefined;
  depth(): number;
  /** Refuses what comes from now on, and waits for what is queued. */
  drain(): Promise<void>;
}

export interface QueueLimits {
  readonly maxCommands: number;
  readonly maxBytes: number;
  /** Commands in one flush. */
  readonly maxBatch: number;
  readonly maxFlushes: number;
  /** From the beginning of a flush to that of the next, at least, unless half a batch waits. */
  readonly everyMs: number;
  /** Until a flush is overtaken by a small one. Before that, what comes gathers for the next one: two at once would only be smaller. */
  readonly overtakeMs: number;
}

export const DEFAULT_LIMITS: QueueLimits = {
  maxCommands: 10_000,
  maxBytes: 64 * 1024 * 1024,
  maxBatch: 250,
  maxFlushes: 3,
  everyMs: GATHER_COMMANDS_MS,
  overtakeMs: 50,
};

/** The share of the queue that starts of sagas may fill. */
const START_SHARE = 0.8;
/** Of what is left until its deadline, a command is to be committed within this: the answer has a way to go too. */
const DEADLINE_SHARE = 0.35;
/** The same, for who is modest. */
const MODEST_SHARE = 0.5;
const COMMIT_UNKNOWN_TRIES = 5;

interface Waiting<S, C> extends Submission<S, C> {
  readonly rows: readonly string[];
  readonly visit: Visit;
  readonly resolve: (outcome: Outcome<S>) => void;
  readonly reject: (error: unknown) => void;
}

export function createCommandQueue<S, C, E extends AnyEvent>(
  writer: Writer<S, C, E>,
  clock: Clock,
  limits: QueueLimits = DEFAULT_LIMITS,
): CommandQueue<S, C> {
  let queue: Waiting<S, C>[] = [];
  let queuedBytes = 0;
  /** Of those in the queue, about how many touch no row that is busy. */
  let ready = 0;
  let draining = false;
  const flushes = new Set<Promise<void>>();
  let startedMs = Number.NEGATIVE_INFINITY;
  let look: { readonly atMs: number; readonly timer: NodeJS.Timeout } | undefined;
  const sojourn = createSojourn();
  /** Rows of the flushes under way. */
  const busy = new Set<string>();
  /** Requests under way: a repeat waits for, and gets, the first one's answer. */
  const open = new Map<string, { fingerprint: Uint8Array; outcome: Promise<Outcome<S>> }>();

  /** Takes from the queue, in order, what touches no row that is busy or that an earlier command waits for. */
  function takeBatch(): Waiting<S, C>[] {
    const blocked = new Set(busy);
    ready = 0;
    const [taken, left]: [Waiting<S, C>[], Waiting<S, C>[]] = [[], []];
    const dropped: Visit[] = [];
    for (const waiting of queue) {
      if (waiting.signal.aborted) {
        queuedBytes -= waiting.bytes;
        dropped.push(waiting.visit);
        waiting.reject(droppedError(waiting.signal));
        continue;
      }
      const isReady = !waiting.rows.some((row) => blocked.has(row));
      if (isReady && taken.length < limits.maxBatch) {
        taken.push(waiting);
        queuedBytes -= waiting.bytes;
        continue;
      }
      if (isReady) ready += 1;
      left.push(waiting);
      for (const row of waiting.rows) blocked.add(row);
    }
    sojourn.drop(dropped);
    queue = left;
    return taken;
  }

  /** Looks again when the next flush may begin, which is sooner once the one under way has ended. */
  function lookAt(atMs: number): void {
    if (look && look.atMs <= atMs) return;
    clearTimeout(look?.timer);
    const again = () => {
      look = undefined;
      pump();
    };
    look = { atMs, timer: setTimeout(again, atMs - performance.now()) };
  }

  function pump(): void {
    while (queue.length > 0 && flushes.size < limits.maxFlushes) {
      const apartMs = flushes.size > 0 ? limits.overtakeMs : limits.everyMs;
      const mayAtMs = startedMs + apartMs;
      if (performance.now() < mayAtMs && ready < limits.maxBatch / 2) {
        lookAt(mayAtMs);
        return;
      }
      startedMs = performance.now();
      const batch = takeBatch();
      if (batch.length === 0) return;
      const rows = batch.flatMap((waiting) => waiting.rows);
      for (const row of rows) busy.add(row);
      const done = flush(writer, clock, batch).finally(() => {
        sojourn.leave(batch.map(({ visit }) => visit));
        flushes.delete(done);
        for (const row of rows) busy.delete(row);
        pump();
      });
      flushes.add(done);
    }
  }

  function enqueue(submission: Submission<S, C>): Promise<Outcome<S>> {
    const share = submission.startsSaga ? START_SHARE : 1;
    if (
      queue.length >= limits.maxCommands * share ||
      queuedBytes + submission.bytes > limits.maxBytes * share
    ) {
      throw QUEUE_FULL;
    }
    const rows = writer.model.keysOf(submission.command).map(rowName);
    const outcome = new Promise<Outcome<S>>((resolve, reject) => {
      queue.push({ ...submission, rows, visit: sojourn.enter(), resolve, reject });
    });
    queuedBytes += submission.bytes;
    // Not at once: what arrives in this turn of the event loop goes into the same flush. What waits for a busy row is taken
    // when that flush ends: looking through the queue before would be in vain.
    if (!rows.some((row) => busy.has(row))) {
      ready += 1;
      setImmediate(pump);
    }
    return outcome;
  }

  return {
    async submit(submission) {
      if (draining) throw unavailable('SHUTTING_DOWN', 'the service is stopping: try another replica');
      const { request } = submission;
      const name = requestName(request);
      const first = open.get(name);
      if (first) {
        if (!sameFingerprint(first.fingerprint, request.fingerprint)) {
          // Which of the two came first is written in the records, once the one in flight has ended.
          await first.outcome.catch(() => undefined);
          return await this.submit(submission);
        }
        try {
          return answerBytes(await first.outcome);
        } catch (error) {
          // The first caller gave up before its command was begun: this one has not.
          if (submission.signal.aborted || !isDropped(error)) throw error;
          return await this.submit(submission);
        }
      }
      const outcome = enqueue(submission);
      open.set(name, { fingerprint: request.fingerprint, outcome });
      try {
        return answerBytes(await outcome);
      } finally {
        open.delete(name);
      }
    },
    refusal(deadline, isModest = false) {
      if (!deadline) return undefined;
      const expectedMs = sojourn.estimateMs();
      const leftMs = deadline.getTime() - Date.now();
      return expectedMs > leftMs * (isModest ? MODEST_SHARE : DEADLINE_SHARE)
        ? queueTooLong(expectedMs)
        : undefined;
    },
    depth: () => queue.length,
    async drain() {
      draining = true;
      while (queue.length > 0 || flushes.size > 0) {
        pump();
        await Promise.race([...flushes, sleep(20)]);
      }
    },
  };
}

/** One flush: settles every command of the batch, whatever happens. */
async function flush<S, C, E extends AnyEvent>(
  writer: Writer<S, C, E>,
  clock: Clock,
  batch: readonly Waiting<S, C>[],
): Promise<void> {
  const now = clock.now();
  const envelopes = batch.map(({ command, request, reply, traceparent }): Envelope<S, C> => {
    return { command, now, request, reply, ...(traceparent !== undefined && { traceparent }) };
  });
  try {
    const outcomes = await runUntilKnown(writer, envelopes);
    batch.forEach((waiting, index) => {
      const outcome = outcomes[index];
      if (outcome) waiting.resolve(outcome);
      else waiting.reject(new Error('the batch gave no outcome for this command'));
    });
  } catch (error) {
    const told = isInfrastructureError(error) ? databaseUnavailable(error) : error;
    for (const waiting of batch) waiting.reject(told);
  }
}

/** The same batch again while the answer to COMMIT is lost: its answers' rows tell what happened. */
async function runUntilKnown<S, C, E extends AnyEvent>(
  writer: Writer<S, C, E>,
  envelopes: readonly Envelope<S, C>[],
): Promise<readonly Outcome<S>[]> {
  let unknown: unknown;
  for (let tries = 1; ; tries++) {
    try {
      return await runBatch(writer, envelopes);
    } catch (error) {
      if (error instanceof CommitUnknown) unknown = error;
      // Before any unknown COMMIT an unreachable database means that nothing was done: say so at once.
      if (!unknown || !isInfrastructureError(error) || tries >= COMMIT_UNKNOWN_TRIES) throw error;
      await sleep(200 * tries);
    }
  }
}

/** The answer's bytes. Throws OrderlogError where it is an error. */
export function answerBytes<S>(outcome: Outcome<S>): Uint8Array {
  switch (outcome.kind) {
    case 'accepted':
      return outcome.response ?? new Uint8Array();
    case 'remembered':
      if (outcome.code === 0) return outcome.response;
      throw fromStatusBytes(outcome.response);
    case 'refused':
      throw refusalError(outcome.refusal);
    case 'failed':
      throw outcome.error;
  }
}
