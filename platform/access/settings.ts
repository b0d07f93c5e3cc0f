/**
 * The settings of who may call, and how often. Calls are authenticated where the issuer of tokens is named; where none is, nobody but this machine
 * may be listened to.
 */
import { type Config, ConfigError, choices, integer, text, url } from '../config.ts';
import type { Logger } from '../logging.ts';
import { type Admit, admitAnybody, admitByToken } from './admit.ts';
import { openKeys } from './keys.ts';
import { isLoopback, type Listen } from './loopback.ts';
import { createRateLimit, type RateLimit } from './rateLimit.ts';
import { createVerify } from './verify.ts';

/** Asymmetric ones alone: who checks a token cannot make one. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const;

/** Of every process that takes calls. */
export const accessConfig = {
  ORDERLOG_AUTH_ISSUER: text('the issuer of tokens, such as https://login.example.com')
    .optional()
    .describe(
      'Whose tokens are taken: their `iss`. Not set: calls are not authenticated, and only this machine may be listened to.',
    ),
  ORDERLOG_AUTH_JWKS_URL: url('https://login.example.com/.well-known/jwks.json', ['https:', 'http:'])
    .optional()
    .describe('Where the issuer publishes its keys, as a JSON Web Key Set. By http only from this machine.'),
  ORDERLOG_AUTH_KEY_FILE: text('the path of a file')
    .optional()
    .describe(
      'Public keys beside or instead of those: a JSON Web Key Set, or one key in PEM. Read again when it changes.',
    ),
  ORDERLOG_AUTH_AUDIENCE: text('the audience of tokens')
    .default('orderlog')
    .describe('What the `aud` of a token must name.'),
  ORDERLOG_AUTH_ALGORITHMS: choices(ALGORITHMS)
    .default(['RS256', 'PS256', 'ES256', 'EdDSA'])
    .describe('By which algorithms tokens may be signed.'),
  ORDERLOG_AUTH_CLOCK_TOLERANCE_SECONDS: integer(0, 300, 'seconds')
    .default(30)
    .describe("How far the issuer's clock may differ from ours."),
  ORDERLOG_AUTH_SCOPE_CLAIM: text('the name of a claim')
    .default('scope')
    .describe('The claim with the scopes of a token: a text with spaces between them, or an array.'),
  ORDERLOG_RATE_LIMIT_REQUESTS: integer(0, 10_000_000, 'requests')
    .default(3_000)
    .describe(
      'How many one caller may make of this process in ORDERLOG_RATE_LIMIT_SECONDS, over gRPC and HTTP together. A caller is the subject of a token, or without one an address. 0: as many as he likes. `npm start` sets 0.',
    ),
  ORDERLOG_RATE_LIMIT_SECONDS: integer(1, 3_600, 'seconds')
    .default(10)
    .describe('The window in which the requests of a caller are counted.'),
};

export type AccessConfig = Config<typeof accessConfig>;

/** A setting that says where to listen, and what it says. */
export type ListenSettings = Readonly<Record<`ORDERLOG_${string}_LISTEN`, Listen>>;

export interface Access {
  readonly admit: Admit;
  /** undefined: everybody may call as often as he likes. */
  readonly rate: RateLimit | undefined;
  readonly isAuthenticated: boolean;
  stop(): void;
}

/** Throws ConfigError for settings that do not fit together, or that would have strangers listened to. */
export function openAccess(config: AccessConfig, listens: ListenSettings, logger: Logger): Access {
  refuseMisfits(config, listens);
  const { ORDERLOG_AUTH_ISSUER: issuer } = config;
  const rate = rateLimitOf(config);
  if (issuer === undefined) {
    return { admit: admitAnybody, rate, isAuthenticated: false, stop: () => undefined };
  }
  const keys = openKeys({
    url: config.ORDERLOG_AUTH_JWKS_URL,
    file: config.ORDERLOG_AUTH_KEY_FILE,
    fileVariable: 'ORDERLOG_AUTH_KEY_FILE',
    logger,
  });
  const rules = {
    issuer,
    audience: config.ORDERLOG_AUTH_AUDIENCE,
    algorithms: config.ORDERLOG_AUTH_ALGORITHMS,
    clockToleranceSeconds: config.ORDERLOG_AUTH_CLOCK_TOLERANCE_SECONDS,
    scopeClaim: config.ORDERLOG_AUTH_SCOPE_CLAIM,
  };
  return { admit: admitByToken(createVerify(rules, keys.get)), rate, isAuthenticated: true, stop: keys.stop };
}

function rateLimitOf(config: AccessConfig): RateLimit | undefined {
  const { ORDERLOG_RATE_LIMIT_REQUESTS: requests, ORDERLOG_RATE_LIMIT_SECONDS: windowSeconds } = config;
  return requests === 0 ? undefined : createRateLimit({ requests, windowSeconds });
}

function refuseMisfits(config: AccessConfig, listens: ListenSettings): void {
  const { ORDERLOG_AUTH_ISSUER: issuer, ORDERLOG_AUTH_JWKS_URL: where } = config;
  const hasKeys = where !== undefined || config.ORDERLOG_AUTH_KEY_FILE !== undefined;
  const problems: string[] = [];
  if (issuer !== undefined && !hasKeys) {
    problems.push(
      'ORDERLOG_AUTH_ISSUER is set, and nothing says by which keys its tokens are signed: set ORDERLOG_AUTH_JWKS_URL or ORDERLOG_AUTH_KEY_FILE',
    );
  }
  if (issuer === undefined && hasKeys) {
    problems.push('ORDERLOG_AUTH_ISSUER is not set: expected the issuer whose keys are given');
  }
  if (where !== undefined && !isSafe(new URL(where))) {
    problems.push('ORDERLOG_AUTH_JWKS_URL is wrong: by http anybody on the way could put in keys; use https');
  }
  if (issuer === undefined) problems.push(...strangers(listens));
  if (problems.length > 0) throw new ConfigError(problems);
}

const isSafe = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' || isLoopback(hostname.replace(/^\[|\]$/g, ''));

const strangers = (listens: ListenSettings): readonly string[] =>
  Object.entries<Listen>(listens)
    .filter(([, { host }]) => !isLoopback(host))
    .map(
      ([name, { host }]) =>
        `${name} is ${host}, where others than this machine can call, and calls are not authenticated: set ` +
        'ORDERLOG_AUTH_ISSUER and ORDERLOG_AUTH_JWKS_URL (or ORDERLOG_AUTH_KEY_FILE), or listen on 127.0.0.1',
    );
