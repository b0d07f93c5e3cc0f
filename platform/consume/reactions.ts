/**
 * What a service does with a fetch: each event becomes the commands that react to it, and all of them are one batch, in
 * whose transaction the checkpoint moves (commandBatch.ts).
 *
 * An event that cannot be decoded, or whose commands are refused or fail, is parked with its error, and the aggregate's
 * later events queue behind it (parked.ts); the others flow on. Deciders answer events with events or with nothing, so a
 * refusal here is a bug, or an event of a newer version in the aggregate's own history: neither may pass unseen. What
 * fails is known only after the batch was folded, with all that came after it: so the batch is rolled back and run again
 * without those events, until what is committed holds no failure. Types that the codec does not know have no effect.
 *
 * A replay (replay.ts) handles parked events by the same `handleReactions`.
 */
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { runBatch, type Writer } from '../commandBatch.ts';
import { type Tx, together } from '../database.ts';
import type { AnyEvent, EventCodec } from '../events.ts';
import type { LogMessage } from '../log/headers.ts';
import type { Batch } from './consumer.ts';
import { lockParked, parkEvents } from './parked.ts';
import type { Parking } from './parkedRow.ts';
import { errorOf, type Findings, type Plan, planBatch, type Reaction } from './plan.ts';

export interface ReactionOptions<S, C, E extends AnyEvent, In extends AnyEvent> {
  readonly consumer: string;
  readonly writer: Writer<S, C, E>;
  /** Of the events that it reads. */
  readonly codec: EventCodec<In>;
  /** The commands that follow from an event; none, for most. Pure; what it throws parks the event. */
  readonly react: (event: In, message: LogMessage) => readonly C[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What a plan took for granted was wrong: roll back, and plan again. */
class PlanOutdated extends Error {}

/** What else belongs into the transaction in which events are handled. */
export interface EventWork {
  /** First in the transaction: takes the locks. Gives the aggregates whose earlier events are parked. */
  readonly before: (tx: Tx) => Promise<ReadonlySet<string>>;
  /** Last in the transaction: records what was not handled. */
  readonly after: (tx: Tx, parkings: readonly Parking[]) => Promise<void>;
}

/** Handles a fetch (for startConsumer). */
export function reactTo<S, C, E extends AnyEvent, In extends AnyEvent>(
  options: ReactionOptions<S, C, E, In>,
): (batch: Batch) => Promise<void> {
  const { consumer } = options;
  return async ({ stream, messages, move }) => {
    const reactions = reactionsOf(options, messages);
    // What has no effect need not queue behind what is parked either.
    if (reactions.every(({ commands, failure }) => commands.length === 0 && failure === undefined)) return;
    const aggregateIds = [...new Set(messages.map(({ streamId }) => streamId))];
    const parkings = await handleReactions(options, reactions, {
      async before(tx) {
        const [, parked] = await together(tx, (at) => [
          move(at),
          lockParked(at, consumer, stream, aggregateIds),
        ]);
        return parked;
      },
      after: (tx, unhandled) => parkEvents(tx, consumer, stream, unhandled),
    });
    for (const { message, error } of parkings) report(options, message, error);
  };
}

/**
 * Handles events in the order of their stream, all but those whose aggregate is parked and those that cannot be, in one
 * transaction. Returns these. Throws what the surroundings throw, with nothing done.
 */
export async function handleReactions<S, C, E extends AnyEvent, In extends AnyEvent>(
  options: ReactionOptions<S, C, E, In>,
  reactions: readonly Reaction<C>[],
  work: EventWork,
): Promise<readonly Parking[]> {
  const now = options.clock.now();
  const findings: Findings = { parked: new Set(), failed: new Map() };
  for (;;) {
    const plan = planBatch<S, C>(reactions, findings, now);
    try {
      await runPlan(options.writer, work, plan, findings);
      return plan.parkings;
    } catch (error) {
      // Each time it knows of one more failure, or of what others parked or replayed meanwhile.
      if (!(error instanceof PlanOutdated)) throw error;
    }
  }
}

/** What follows from each event. */
export const reactionsOf = <C, In extends AnyEvent>(
  { codec, react }: Pick<ReactionOptions<unknown, C, AnyEvent, In>, 'codec' | 'react'>,
  messages: readonly LogMessage[],
): readonly Reaction<C>[] =>
  messages.map((message) => {
    try {
      const event = codec.decode(message.type, message.payload);
      return { message, commands: event ? react(event, message) : [] };
    } catch (error) {
      const failure = `${message.type} cannot be handled: ${String(error)}`;
      return { message, commands: [], failure };
    }
  });

async function runPlan<S, C, E extends AnyEvent>(
  writer: Writer<S, C, E>,
  { before, after }: EventWork,
  { envelopes, sources, parkings }: Plan<S, C>,
  findings: Findings,
): Promise<void> {
  await runBatch(writer, envelopes, {
    async before(tx) {
      const parked = await before(tx);
      const expected = findings.parked;
      findings.parked = parked;
      if (parked.symmetricDifference(expected).size > 0) throw new PlanOutdated();
    },
    async after(tx, outcomes) {
      const known = findings.failed.size;
      for (const [index, message] of sources.entries()) {
        const error = errorOf(outcomes[index]);
        if (error !== undefined) findings.failed.set(message, error);
      }
      if (findings.failed.size > known) throw new PlanOutdated();
      await after(tx, parkings);
    },
  });
}

function report<S, C, E extends AnyEvent, In extends AnyEvent>(
  { consumer, logger }: ReactionOptions<S, C, E, In>,
  message: LogMessage,
  error: string | undefined,
): void {
  const { stream, sequence, streamId, type, eventId } = message;
  const fields = { consumer, stream, sequence, streamId, type, eventId };
  if (error === undefined) logger.warn(fields, 'event queued behind a parked one');
  else logger.error({ ...fields, reason: error }, 'event parked');
}
