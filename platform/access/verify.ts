/**
 * Whether a token is right: a JWT that is signed by a known key with an algorithm that is allowed (never `none`, never one with a
 * shared secret), of our issuer, for us, not before its time and not after (RFC 7519, 8725), with a subject.
 *
 * A token that was right is remembered by its hash, for half a minute at most: a caller who calls often has it checked once, and a
 * key that is taken back is out soon.
 */
import { createHash } from 'node:crypto';
import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { OrderlogError } from '../errors.ts';
import { tokenExpired } from './admit.ts';
import type { Identity } from './caller.ts';

/** Throws OrderlogError UNAUTHENTICATED; or UNAVAILABLE, where the issuer's keys cannot be had. */
export type Verify = (token: string) => Identity | Promise<Identity>;

export interface TokenRules {
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms: readonly string[];
  readonly clockToleranceSeconds: number;
  /** The claim that has the scopes: a text with spaces between them, or an array. */
  readonly scopeClaim: string;
}

const MAX_TOKEN_CHARS = 8_192;
const MAX_REMEMBERED = 10_000;
const REMEMBERED_MS = 30_000;
/** It becomes the caller of idempotency records, and the customer of orders. */
const SUBJECT = /^[\x21-\x7e]{1,255}$/;
const KEYS_RETRY_MS = 1_000;
/** A Date knows none after it. */
const LAST_SECOND = 8_640_000_000_000;

export function createVerify(rules: TokenRules, keys: JWTVerifyGetKey, now = Date.now): Verify {
  const remembered = new Map<string, { readonly identity: Identity; readonly untilMs: number }>();

  const recall = (hash: string): Identity | undefined => {
    const found = remembered.get(hash);
    if (found && found.untilMs > now()) return found.identity;
    remembered.delete(hash);
    return undefined;
  };
  const remember = (hash: string, identity: Identity) => {
    const [oldest] = remembered.size >= MAX_REMEMBERED ? remembered.keys() : [];
    if (oldest !== undefined) remembered.delete(oldest);
    remembered.set(hash, {
      identity,
      untilMs: Math.min(now() + REMEMBERED_MS, identity.expiresAt.getTime()),
    });
  };
  const check = async (token: string, hash: string): Promise<Identity> => {
    const identity = identityOf(await payloadOf(token, rules, keys), rules);
    remember(hash, identity);
    return identity;
  };

  return (token) => {
    if (token.length > MAX_TOKEN_CHARS) throw refused(`is longer than ${MAX_TOKEN_CHARS} characters`);
    const hash = createHash('sha256').update(token).digest('base64');
    return recall(hash) ?? check(token, hash);
  };
}

async function payloadOf(token: string, rules: TokenRules, keys: JWTVerifyGetKey): Promise<JWTPayload> {
  const { issuer, audience, algorithms, clockToleranceSeconds: clockTolerance } = rules;
  try {
    const options = { issuer, audience, algorithms: [...algorithms], clockTolerance };
    const { payload } = await jwtVerify(token, keys, { ...options, requiredClaims: ['sub', 'exp'] });
    return payload;
  } catch (error) {
    throw refusalOf(error, rules);
  }
}

function identityOf({ sub = '', exp = 0, ...claims }: JWTPayload, rules: TokenRules): Identity {
  if (!SUBJECT.test(sub)) throw refused('has no subject (sub) of 1 to 255 printable characters');
  const granted = claims[rules.scopeClaim] ?? '';
  const scopes = Array.isArray(granted) ? granted : String(granted).split(' ');
  return {
    subject: sub,
    scopes: new Set(scopes.filter((each) => typeof each === 'string')),
    expiresAt: new Date(Math.min(exp + rules.clockToleranceSeconds, LAST_SECOND) * 1_000),
  };
}

function refusalOf(error: unknown, { algorithms }: TokenRules): OrderlogError {
  if (error instanceof errors.JWTExpired) return tokenExpired();
  if (error instanceof errors.JWTClaimValidationFailed) return refused(claimProblem(error.claim));
  if (error instanceof errors.JOSEAlgNotAllowed) {
    return refused(`is signed by an algorithm that is not allowed: allowed are ${algorithms.join(', ')}`);
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) return refused('has a wrong signature');
  if (error instanceof errors.JWKSNoMatchingKey) return refused('is signed by a key that is not known');
  if (error instanceof errors.JWKSMultipleMatchingKeys) {
    return refused('does not say by which key it is signed (kid), and several may be it');
  }
  const isOfToken = error instanceof errors.JWTInvalid || error instanceof errors.JWSInvalid;
  if (isOfToken || error instanceof errors.JOSENotSupported) return refused('is not a signed JWT');
  const message = "the token cannot be checked now: the issuer's keys cannot be had";
  return new OrderlogError('UNAVAILABLE', 'TOKEN_KEYS_UNAVAILABLE', message, {
    retryAfterMs: KEYS_RETRY_MS,
    cause: error,
  });
}

const CLAIM_PROBLEMS: Readonly<Record<string, string>> = {
  iss: 'is not of the issuer that is trusted here (iss)',
  aud: 'is not for this system (aud)',
  nbf: 'is not valid yet (nbf)',
  sub: 'has no subject (sub)',
  exp: 'does not say when it expires (exp)',
};

const claimProblem = (claim: string): string =>
  CLAIM_PROBLEMS[claim] ?? `has a claim that is wrong (${claim})`;

const refused = (why: string): OrderlogError =>
  new OrderlogError('UNAUTHENTICATED', 'TOKEN_REFUSED', `the token ${why}`);
