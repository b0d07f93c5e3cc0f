/**
 * The one question at the door of every server: may this caller do that? gRPC (grpc/handlers.ts) and REST (the gateway's) ask it with
 * the `Authorization` of the call. Refusals are UNAUTHENTICATED (no token, or not one that is right) and PERMISSION_DENIED, which names
 * the scope that is missing. None repeats anything of the token.
 */
import { OrderlogError } from '../errors.ts';
import { ANYBODY, type Caller, type Identity } from './caller.ts';
import { grantOf, type Rule, type ScopeRule } from './rules.ts';
import type { Verify } from './verify.ts';

/** Throws OrderlogError. A token that was seen lately is told of at once. */
export type Admit = (rule: Rule, authorization: string | undefined) => Caller | Promise<Caller>;

/** Where calls are not authenticated. */
export const admitAnybody: Admit = () => ANYBODY;

export function admitByToken(verify: Verify): Admit {
  return (rule, authorization) => {
    if (rule === 'open') return ANYBODY;
    const token = tokenIn(authorization);
    const identity = verify(token);
    if (identity instanceof Promise) return identity.then((known) => callerOf(rule, known, token));
    return callerOf(rule, identity, token);
  };
}

const BEARER = /^bearer +([\w.~+/-]+=*) *$/i;

function tokenIn(authorization: string | undefined): string {
  if (authorization === undefined || authorization === '') {
    const message = 'no token was sent: send `Authorization: Bearer <token>`';
    throw new OrderlogError('UNAUTHENTICATED', 'TOKEN_MISSING', message);
  }
  const token = BEARER.exec(authorization)?.[1];
  if (token !== undefined) return token;
  const message = 'the authorization is not `Bearer <token>`';
  throw new OrderlogError('UNAUTHENTICATED', 'TOKEN_REFUSED', message);
}

function callerOf(
  rule: Exclude<Rule, 'open'>,
  { subject, scopes, expiresAt }: Identity,
  bearer: string,
): Caller {
  const grant = grantOf(rule, scopes);
  if (grant === 'none')
    throw new OrderlogError('PERMISSION_DENIED', 'SCOPE_MISSING', missing(rule as ScopeRule));
  return { caller: subject, bearer, scopes, expiresAt, owner: grant === 'own' ? subject : undefined };
}

const missing = ({ scopes, ownScopes }: ScopeRule): string => {
  const own = ownScopes.length > 0 ? `, or ${ownScopes.join(' or ')} for what is the caller's own` : '';
  return `the token lacks the scope ${scopes.join(' or ')}${own}`;
};

/** When the token of a call that lasts has expired meanwhile. */
export const tokenExpired = (): OrderlogError =>
  new OrderlogError(
    'UNAUTHENTICATED',
    'TOKEN_EXPIRED',
    'the token has expired: get a new one, and go on with it',
  );
