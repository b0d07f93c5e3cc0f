/** One service in memory: its own decider, policies and tasks, run by the write path's own fold. */
import { answerOf } from '../../../platform/commandBatch.ts';
import type { AnyEvent, StoredEvent } from '../../../platform/events.ts';
import { type Envelope, foldCommands, rowName, type WorkingSet } from '../../../platform/fold.ts';
import type { insertAnswers } from '../../../platform/requests.ts';
import type { TaskHandler } from '../../../platform/taskWorker.ts';
import type { NewTask, RowKey, WriteModel } from '../../../platform/writeModel.ts';
import type { Subscription } from '../../../platform/writeService/spec.ts';

/** An event, and the stream that tells it. */
export interface Told {
  readonly stream: string;
  readonly event: StoredEvent;
}

/** What was told since it was last taken, to be written in one transaction. */
export interface Chapter {
  readonly events: readonly StoredEvent[];
  readonly rows: WorkingSet;
  /** What callers were answered. */
  readonly answers: Parameters<typeof insertAnswers>[1];
}

export interface Part {
  /** Reacts to others' events, at this time. Returns what follows. */
  hear(news: readonly Told[], now: Date): readonly Told[];
  /** Makes the calls that its events asked for, and notes what came of them. */
  work(now: Date): Promise<readonly Told[]>;
  /** What was told; rows of new aggregates are forgotten, since their stories are over. */
  take(): Chapter;
}

export interface PartOptions<S, C, E extends AnyEvent> {
  readonly model: WriteModel<S, C, E>;
  readonly stream: string;
  readonly subscriptions: readonly Subscription<C>[];
  readonly tasks?: Readonly<Record<string, TaskHandler<S, C>>>;
  readonly maxPayloadBytes: number;
  /** As they are stored: what is not among them is new. */
  readonly rows: WorkingSet;
}

export function createPart<S, C, E extends AnyEvent>(
  options: PartOptions<S, C, E>,
): Part & { run(envelopes: readonly Envelope<S, C>[]): readonly Told[] } {
  const { model, stream, subscriptions, tasks: handlers, maxPayloadBytes, rows } = options;
  const never = new AbortController().signal;
  let told: StoredEvent[] = [];
  let asked: NewTask[] = [];
  let answers: Chapter['answers'][number][] = [];

  function run(envelopes: readonly Envelope<S, C>[]): readonly Told[] {
    for (const { command } of envelopes) for (const key of model.keysOf(command)) begin(model, rows, key);
    const { outcomes, events, tasks } = foldCommands(model, rows, envelopes, maxPayloadBytes);
    outcomes.forEach((outcome, index) => {
      if (outcome.kind === 'failed') throw outcome.error;
      if (outcome.kind === 'refused') throw new Error(`${model.service}: ${outcome.refusal.message}`);
      const { request: key, now: time } = envelopes[index] ?? {};
      const answer = answerOf(outcome);
      if (key && time && answer) answers.push({ key, answer, time });
    });
    told.push(...events);
    asked.push(...tasks);
    return events.map((event) => ({ stream, event }));
  }

  return {
    run,
    hear: (news, now) =>
      run(
        news.flatMap((one) =>
          reactions(subscriptions, one).map((command) => ({
            command,
            now,
            cause: { stream: one.stream, eventId: one.event.eventId },
            ...(one.event.traceparent !== undefined && { traceparent: one.event.traceparent }),
          })),
        ),
      ),
    async work(now) {
      const tasks = asked;
      asked = [];
      const results = await Promise.all(
        tasks.map((task) => {
          const handler = handlers?.[task.kind];
          if (!handler) throw new Error(`${model.service} has nobody for ${task.kind}`);
          return handler({ ...task, attempts: 1, createdAt: now, ageMs: 0 }, never);
        }),
      );
      return run(
        results.map((result) => {
          if ('againAfterMs' in result) throw new Error(`${model.service}: ${result.error}`);
          return { ...result, now };
        }),
      );
    },
    take() {
      const chapter = { events: told, rows: new Map(rows), answers };
      [told, answers] = [[], []];
      for (const [name, row] of rows) {
        if (row.storedVersion === 0) rows.delete(name);
        else rows.set(name, { ...row, storedVersion: row.version, dirty: false });
      }
      return chapter;
    },
  };
}

function begin<S, C, E extends AnyEvent>(model: WriteModel<S, C, E>, rows: WorkingSet, key: RowKey): void {
  if (rows.has(rowName(key))) return;
  const table = model.tables.find(({ name }) => name === key.table);
  rows.set(rowName(key), {
    key,
    state: table?.initial(key.key),
    version: 0,
    storedVersion: 0,
    dirty: false,
  });
}

function reactions<C>(subscriptions: readonly Subscription<C>[], { stream, event }: Told): readonly C[] {
  return subscriptions.flatMap(({ stream: { name }, policies }) => {
    const read = name === stream ? policies.codec.decode(event.type, event.payload) : undefined;
    // Its place in the log is of no policy's concern.
    return read
      ? policies.react(read, { ...event, stream, sequence: 0, subject: '', prev: 0, epoch: 0 })
      : [];
  });
}
