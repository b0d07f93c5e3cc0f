/**
 * What a call passes before anything is made of it: is the server open (gate), does anybody still wait (deadline), is it worth
 * while and is there room (shed, limit). Nothing is decoded, followed or awaited before: refusing is what a server does most
 * when it has no time.
 */
import type { OrderlogError } from '../errors.ts';
import type { Logger } from '../logging.ts';
import { overdue } from './call.ts';
import type { Limit } from './limit.ts';
import type { Refusals } from './refusals.ts';
import type { MethodDefinition } from './service.ts';
import type { RequestCheck } from './validation.ts';

/** What every method of a server shares. */
export interface HandlerContext {
  readonly logger: Logger;
  /** Why no call is taken now; undefined: calls are taken. */
  readonly gate: () => OrderlogError | undefined;
  readonly limit: Limit;
}

/** Why the start of a saga with this deadline is not taken now. */
export type Shed = (deadline: Date | undefined) => OrderlogError | undefined;

/** What unary methods share. */
export interface UnaryContext extends HandlerContext {
  readonly shed?: Shed | undefined;
  readonly refusals: Refusals;
}

/** One method: how it is defined, checked and called. */
export interface MethodSpec {
  readonly definition: MethodDefinition;
  /** Full name. */
  readonly name: string;
  /** Shed first. */
  readonly startsSaga: boolean;
  readonly check: RequestCheck;
}

/** Takes a place within the limit, for its caller to give back; or returns why not. */
export function letIn(
  { gate, limit }: HandlerContext,
  { startsSaga }: MethodSpec,
  deadline: Date | undefined,
  shed?: Shed,
): OrderlogError | undefined {
  return (
    gate() ?? overdue(deadline) ?? (startsSaga ? shed?.(deadline) : undefined) ?? limit.enter(startsSaga)
  );
}
