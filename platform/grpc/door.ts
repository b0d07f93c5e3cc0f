/**
 * What a call passes before anything is made of it: is the server open (gate), does anybody still wait (deadline), is it worth
 * while and is there room (shed, limit). Nothing is decoded, followed or awaited before: refusing is what a server does most
 * when it has no time. Then, with its place taken, whether its caller may do that (admit), and not too often (rate); only then it
 * is looked into.
 */
import type { Metadata } from '@grpc/grpc-js';
import type { Admit } from '../access/admit.ts';
import type { Caller } from '../access/caller.ts';
import type { RateLimit } from '../access/rateLimit.ts';
import { isOwnStep, type Rule } from '../access/rules.ts';
import type { OrderlogError } from '../errors.ts';
import type { Logger } from '../logging.ts';
import { deadlineOf, overdue, type RawCall } from './call.ts';
import type { Connections } from './connections.ts';
import type { Limit } from './limit.ts';
import type { Refusals, TurnedAway } from './refusals.ts';
import type { MethodDefinition } from './service.ts';
import type { Shares } from './shares.ts';
import type { RequestCheck } from './validation.ts';

/** What every method of a server shares. */
export interface HandlerContext {
  readonly logger: Logger;
  /** Why no call is taken now; undefined: calls are taken. */
  readonly gate: () => OrderlogError | undefined;
  readonly limit: Limit;
  readonly admit: Admit;
  /** Unset: calls are not counted. */
  readonly rate?: RateLimit | undefined;
  /** Told of each call when it is over; `code` is gRPC's name. */
  readonly answered?: Answered | undefined;
}

export type Answered = (call: {
  readonly method: string;
  readonly code: string;
  readonly seconds: number;
}) => void;

/** Why the start of a saga with this deadline is not taken now, from a connection that is modest or not (connections.ts). */
export type Shed = (deadline: Date | undefined, isModest: boolean) => OrderlogError | undefined;

/** What unary methods share. */
export interface UnaryContext extends HandlerContext {
  /** What a call may take, however long its caller would wait; unset: as long as that. */
  readonly maxCallMs?: number | undefined;
  readonly shed?: Shed | undefined;
  readonly refusals: Refusals;
  /** Of starts of sagas. */
  readonly connections: Connections;
}

/** What streams of answers share. */
export interface StreamContext extends HandlerContext {
  /** How long one may last; unset: as long as its caller stays. */
  readonly maxWatchMs?: number | undefined;
  /** What one network has of the limit; unset: all of it. */
  readonly shares?: Shares;
}

/** One method: how it is defined, checked and called. */
export interface MethodSpec {
  readonly definition: MethodDefinition;
  /** Full name. */
  readonly name: string;
  /** Shed first. */
  readonly startsSaga: boolean;
  /** Whether the gate is closed or not. */
  readonly tellsAlways: boolean;
  /** What it asks of its caller. */
  readonly rule: Rule;
  readonly check: RequestCheck;
}

/** A place that was taken, or why there is none. */
export type Place = { readonly leave: () => void } | { readonly refusal: OrderlogError };

/** Takes a place within the limit. */
function takePlace(
  { gate, limit }: HandlerContext,
  { startsSaga, tellsAlways }: MethodSpec,
  deadline: Date | undefined,
): Place {
  const closed = tellsAlways ? undefined : gate();
  const refusal = closed ?? overdue(deadline) ?? limit.enter(startsSaga);
  return refusal ? { refusal } : limit;
}

/** Takes a place for a call that may start a saga. */
export function takeUnaryPlace(
  context: UnaryContext,
  spec: MethodSpec,
  deadline: Date | undefined,
  call: TurnedAway,
): Place {
  if (!spec.startsSaga || !context.shed) return takePlace(context, spec, deadline);
  const { connections } = context;
  const peer = call.getPeer();
  const shed = context.gate() ?? overdue(deadline) ?? context.shed(deadline, connections.isModest(peer));
  const place = shed ? { refusal: shed } : takePlace(context, spec, deadline);
  if ('refusal' in place) return place;
  connections.enter(peer);
  return {
    leave() {
      connections.leave(peer);
      place.leave();
    },
  };
}

/** Takes a place for a stream, of its limit and of what its caller's network has of that. */
export function takeStreamPlace(context: StreamContext, spec: MethodSpec, raw: RawCall): Place {
  const place = takePlace(context, spec, deadlineOf(raw));
  if ('refusal' in place || !context.shares) return place;
  const share = context.shares.enter(addressOf(raw.getPeer()));
  if ('refusal' in share) {
    place.leave();
    return share;
  }
  return {
    leave() {
      share.leave();
      place.leave();
    },
  };
}

/** Who calls. Throws OrderlogError UNAUTHENTICATED or PERMISSION_DENIED. */
export function admitCaller(admit: Admit, rule: Rule, metadata: Metadata): Caller | Promise<Caller> {
  const [authorization] = metadata.get('authorization');
  return admit(rule, typeof authorization === 'string' ? authorization : undefined);
}

const addressOf = (peer: string): string => peer.replace(/:\d+$/, '');

/**
 * The same, counted as one of his calls; who is turned away is counted by his address, like who has no token. Throws OrderlogError
 * RESOURCE_EXHAUSTED above the limit. Steps of sagas are not counted: they end what was let in.
 */
export async function letIn(
  { admit, rate }: Pick<HandlerContext, 'admit' | 'rate'>,
  rule: Rule,
  raw: RawCall,
): Promise<Caller> {
  if (!rate || isOwnStep(rule)) return admitCaller(admit, rule, raw.metadata);
  const count = async (caller?: Caller) => {
    const { refusal } = await rate.count(caller, addressOf(raw.getPeer()));
    if (refusal) throw refusal;
  };
  let caller: Caller;
  try {
    caller = await admitCaller(admit, rule, raw.metadata);
  } catch (error) {
    await count();
    throw error;
  }
  await count(caller);
  return caller;
}
