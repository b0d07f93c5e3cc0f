/** What of a fetch is done and what is parked: an aggregate's events wait behind the first that cannot be handled. Pure. */
import type { Envelope, Outcome } from '../fold.ts';
import type { LogMessage } from '../log/headers.ts';
import type { Parking } from './parkedRow.ts';

/** An event with what follows from it. */
export interface Reaction<C> {
  readonly message: LogMessage;
  readonly commands: readonly C[];
  /** Why nothing can follow from it; unset: it could be read. */
  readonly failure?: string;
}

/** What of a fetch is done, and what is parked. */
export interface Plan<S, C> {
  readonly envelopes: readonly Envelope<S, C>[];
  /** Of each envelope, the event it came from. */
  readonly sources: readonly LogMessage[];
  readonly parkings: readonly Parking[];
}

/** What one fetch is known to meet: found out try by try. */
export interface Findings {
  /** Aggregates that have had parked events before. */
  parked: ReadonlySet<string>;
  /** Why what follows from events cannot be done. */
  readonly failed: Map<LogMessage, string>;
}

/** What is done and what is parked, as far as is known. */
export function planBatch<S, C>(
  reactions: readonly Reaction<C>[],
  { parked, failed }: Findings,
  now: Date,
): Plan<S, C> {
  const waiting = new Set(parked);
  const plan = {
    envelopes: [] as Envelope<S, C>[],
    sources: [] as LogMessage[],
    parkings: [] as Parking[],
  };
  for (const { message, commands, failure } of reactions) {
    const error = failure ?? failed.get(message);
    if (waiting.has(message.streamId) || error !== undefined) {
      plan.parkings.push({ message, error: waiting.has(message.streamId) ? undefined : error });
      waiting.add(message.streamId);
      continue;
    }
    const { stream, eventId, traceparent } = message;
    for (const command of commands) {
      plan.envelopes.push({
        command,
        now,
        cause: { stream, eventId },
        ...(traceparent !== undefined && { traceparent }),
      });
      plan.sources.push(message);
    }
  }
  return plan;
}

/** Why the event that caused this cannot count as handled. */
export function errorOf(outcome: Outcome<unknown> | undefined): string | undefined {
  switch (outcome?.kind) {
    case 'accepted':
    case 'remembered':
      return undefined;
    case 'refused':
      return `refused: ${outcome.refusal.reason} (${outcome.refusal.code}): ${outcome.refusal.message}`;
    case 'failed':
      return `failed: ${String(outcome.error)}`;
    case undefined:
      return 'the batch gave no outcome';
  }
}
