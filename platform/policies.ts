/**
 * Policies: what a service does about another's events. Each is a pure function from an event to a command of its own
 * service, or to nothing; `definePolicies` joins those that read one stream into what a subscription needs.
 *
 * A policy that goes on with a saga acts only on sagas of its own mode; one that notes how it goes, on all. None acts on a
 * mode that it does not know. What a policy throws parks the event.
 */
import { type SagaContext, SagaMode } from '../proto/gen/orderlog/saga/v1/saga.ts';
import { type AnyEvent, defineEvents, type EventCodec, type MessageCodec } from './events.ts';
import type { LogMessage } from './log/headers.ts';

/** A command that follows from an event, or nothing. */
export type Policy<T, C> = (event: T, message: LogMessage) => C | undefined;

type Codecs = Readonly<
  Record<string, { encode(message: never): { finish(): Uint8Array }; decode(bytes: Uint8Array): unknown }>
>;
type PolicyOf<M, C> = M extends MessageCodec<infer T> ? Policy<T, C> : never;

export interface Policies<C> {
  readonly codec: EventCodec<AnyEvent>;
  readonly react: (event: AnyEvent, message: LogMessage) => readonly C[];
}

/** The policies on the events of one package; events of other types have no effect. */
export function definePolicies<M extends Codecs, C>(
  protoPackage: string,
  messages: M,
  policies: { readonly [K in keyof M & string]: PolicyOf<M[K], C> },
): Policies<C> {
  const byType = new Map(Object.entries<Policy<unknown, C>>(policies as Record<string, Policy<unknown, C>>));
  return {
    codec: defineEvents(protoPackage, messages),
    react(event, message) {
      const command = byType.get(event.type)?.(event.data, message);
      return command === undefined ? [] : [command];
    },
  };
}

/** A field that every event of its kind has. Throws where it is missing: that event cannot be acted upon, and parks. */
export function required<T>(value: T | undefined, field: string): T {
  if (value === undefined) throw new Error(`the event lacks ${field}`);
  return value;
}

interface SagaMessage {
  readonly context: SagaContext | undefined;
}

/** The saga's context if choreography drives it; undefined: somebody else acts on this event. */
export const choreographed = (event: SagaMessage): SagaContext | undefined =>
  drivenBy(event, [SagaMode.SAGA_MODE_CHOREOGRAPHY]);

/** The saga's context if an orchestrator drives it. */
export const orchestrated = (event: SagaMessage): SagaContext | undefined =>
  drivenBy(event, [SagaMode.SAGA_MODE_ORCHESTRATION]);

/** For who wants to know how a saga goes, whoever drives it. */
export const ofAnyMode = (event: SagaMessage): SagaContext | undefined =>
  drivenBy(event, [
    SagaMode.SAGA_MODE_CHOREOGRAPHY,
    SagaMode.SAGA_MODE_ORCHESTRATION,
    SagaMode.SAGA_MODE_DIRECT,
  ]);

function drivenBy(event: SagaMessage, modes: readonly SagaMode[]): SagaContext | undefined {
  const context = required(event.context, 'context');
  return modes.includes(context.mode) ? context : undefined;
}
