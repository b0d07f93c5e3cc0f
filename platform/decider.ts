/**
 * The shape of every decision: `decide(command, state) -> events`, `evolve(state, event) -> state`, both pure.
 *
 * After emmett's Decider (event-driven-io) and J. Chassaing, "Functional Event Sourcing Decider". Time comes in as
 * metadata, never from a clock inside; ids are derived, never drawn.
 */

/** Codes a refusal may have; `platform/errors.ts` maps them to gRPC status. */
export type RefusalCode =
  | 'NOT_FOUND'
  | 'FAILED_PRECONDITION'
  | 'INVALID_ARGUMENT'
  | 'ALREADY_EXISTS'
  | 'UNAVAILABLE';

/** A decision against the command that only its caller must hear of. What others must hear of is an event. */
export interface Refusal {
  readonly code: RefusalCode;
  /** Machine-readable, UPPER_SNAKE_CASE, stable: clients branch on it. */
  readonly reason: string;
  /** For a person: what is wrong and what to do. */
  readonly message: string;
  /** The request field it is about, if there is one. */
  readonly field?: string;
}

/** What a decider says: the facts that follow (none: nothing changes), or a refusal. */
export type Decision<E> = { readonly events: readonly E[] } | { readonly refusal: Refusal };

/** Known when a command was gathered, and the same through every retry of its batch. */
export interface CommandMeta {
  /** The database's time when the command was gathered. */
  readonly now: Date;
}

/** Where an event stands in its aggregate. */
export interface EventMeta {
  /** 1 for the aggregate's first event. */
  readonly version: number;
  readonly time: Date;
}

/** A pure decider. `evolve` never throws and never decides. */
export interface Decider<S, C, E> {
  decide(command: C, state: S, meta: CommandMeta): Decision<E>;
  evolve(state: S, event: E, meta: EventMeta): S;
}

/** The command stands, and these facts follow from it. */
export const accept = <E>(...events: readonly E[]): Decision<E> => ({ events });

/** The command stands, and was done already. */
export const nothing: Decision<never> = { events: [] };

/** The command does not stand. */
export const refuse = (refusal: Refusal): Decision<never> => ({ refusal });
