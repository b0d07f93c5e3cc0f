/**
 * Configuration: environment variables and nothing else, named ORDERLOG_*, and OTEL_* where OpenTelemetry has a name for
 * them (telemetry/config.ts); read once at start.
 *
 * A service declares each variable with a zod schema. A variable of these that is not declared is refused, since it is
 * a typing error in nearly every case; all problems are told at once, each with the variable's name and what is
 * expected. Values are never printed: some are secrets. An empty variable counts as not set. What a variable is for is its
 * schema's description, and stands with its unit and bounds in the table of docs/operations.md.
 */
import { z } from 'zod';
import { LOG_LEVELS } from './logging.ts';
import { nearestName } from './nearestName.ts';
import { decodeKey, parseKeyring } from './sealing.ts';

export type Shape = Readonly<Record<`ORDERLOG_${string}` | `OTEL_${string}`, z.ZodType>>;
/** The values, by the variables' names. */
export type Config<S extends Shape> = { readonly [K in keyof S]: z.output<S[K]> };

/** What is wrong with the environment, a line a problem. A process ends with exit code 78 (EX_CONFIG) for it. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the configuration is wrong:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** Reads the declared variables. Throws ConfigError with all that is wrong. */
export function loadConfig<S extends Shape>(shape: S, env: NodeJS.ProcessEnv = process.env): Config<S> {
  const problems = unknownVariables(Object.keys(shape), env);
  const values: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries<z.ZodType>(shape)) {
    const given = env[name] === '' ? undefined : env[name];
    const result = schema.safeParse(given);
    if (result.success) values[name] = result.data;
    else
      problems.push(
        `${name} ${given === undefined ? 'is not set' : 'is wrong'}: ${expectation(result.error)}`,
      );
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return values as Config<S>;
}

const expectation = (error: z.ZodError): string => error.issues[0]?.message ?? 'not as declared';

/** Of OTEL_*, only where some are declared: else they are meant for others. */
function unknownVariables(declared: readonly string[], env: NodeJS.ProcessEnv): string[] {
  const isTraced = declared.some((name) => name.startsWith('OTEL_'));
  const isOurs = (name: string) => name.startsWith('ORDERLOG_') || (isTraced && name.startsWith('OTEL_'));
  const given = Object.keys(env).filter((name) => isOurs(name) && !declared.includes(name));
  return given.sort().map((name) => {
    const nearest = nearestName(name, declared);
    return `${name} is not known${nearest ? `: did you mean ${nearest}?` : ''}`;
  });
}

/** What every service has. */
export const commonConfig = {
  ORDERLOG_LOG_LEVEL: choice(LOG_LEVELS).default('info').describe('What is logged: this and what is graver.'),
};

/** What a schema's metadata says beside its description; a type, since metadata takes no interface. */
export type SettingFacts = {
  /** What a number counts, and its bounds. */
  readonly unit?: string;
  readonly min?: number;
  readonly max?: number;
  /** Of anything else: the error's words. */
  readonly expected?: string;
  /** Not to be shown to those who may see configuration. */
  readonly isSecret?: true;
};

function facts(given: SettingFacts): SettingFacts {
  return given;
}

/** One of a few words. */
export function choice<const T extends readonly string[]>(values: T) {
  const error = `expected one of ${values.join(', ')}`;
  return z.enum(values, { error }).meta(facts({ expected: error }));
}

/** Any text but an empty one. `meaning` says what is expected. */
export const text = (meaning: string) =>
  z.string({ error: `expected ${meaning}` }).meta(facts({ expected: `expected ${meaning}` }));

/** The same, of what is not to be shown. */
export const secretText = (meaning: string) =>
  z.string({ error: `expected ${meaning}` }).meta(facts({ expected: `expected ${meaning}`, isSecret: true }));

/** Where a service of ours answers gRPC calls. */
export const serviceAddress = (service: string, example: string) =>
  text(`the address of the ${service} service, such as ${example}`);

/** A URL such as `example`, with the same protocol or one of `protocols`. */
export function url(example: string, protocols: readonly string[] = [new URL(example).protocol]) {
  const isSuch = (value: string) => URL.canParse(value) && protocols.includes(new URL(value).protocol);
  const error = `expected a URL such as ${example}`;
  return z
    .string({ error })
    .refine(isSuch, { error })
    .meta(facts({ expected: error }));
}

/** The URL of a database, with the password of the role that is in it. */
export function databaseUrl(role: string, database: string = role) {
  const example = `postgres://${role}:secret@127.0.0.1:5432/${database}`;
  const meta = facts({ expected: `expected a URL such as ${example}`, isSecret: true });
  return url(example, ['postgres:', 'postgresql:']).meta(meta);
}

/** One or more such URLs, separated by commas. */
export function urls(example: string, protocols: readonly string[] = [new URL(example).protocol]) {
  const isSuch = (value: string) => URL.canParse(value) && protocols.includes(new URL(value).protocol);
  const error = `expected a URL such as ${example}, or several, separated by commas`;
  return z
    .string({ error })
    .refine((value) => value.split(',').every((each) => isSuch(each.trim())), { error })
    .meta(facts({ expected: error }));
}

/** A whole number within bounds; `unit` names what it counts. */
export function integer(min: number, max: number, unit: string) {
  const error = `expected a whole number of ${unit}, ${min} to ${max}`;
  return z
    .string({ error })
    .regex(/^-?\d{1,15}$/, { error })
    .transform(Number)
    .refine((value) => value >= min && value <= max, { error })
    .meta(facts({ unit, min, max }));
}

/** Where to listen: `host:port`, with an IPv6 host in brackets; port 0 is any free one. */
export function listenAddress() {
  const error = 'expected host:port, such as 127.0.0.1:50051';
  return z
    .string({ error })
    .regex(/^(\[[0-9a-fA-F:.]+\]|[^:[\]\s]+):\d{1,5}$/, { error })
    .transform((address) => {
      const colon = address.lastIndexOf(':');
      const host = address.slice(0, colon).replace(/^\[|\]$/g, '');
      return { host, port: Number(address.slice(colon + 1)) };
    })
    .refine(({ port }) => port <= 65_535, { error })
    .meta(facts({ expected: error }));
}

/** A key of 32 bytes. */
export function secretKey() {
  const error = 'expected 32 bytes in base64 (openssl rand -base64 32)';
  return parsed(decodeKey, error);
}

/** Keys by their ids, the one that seals first. */
export function keyring() {
  const error = 'expected <id>:<key>[,<id>:<key>], each key 32 bytes in base64; the first seals, all open';
  return parsed(parseKeyring, error);
}

function parsed<T>(parse: (value: string) => T | undefined, error: string) {
  const schema = z.string({ error }).transform((value, context): T => {
    const result = parse(value);
    if (result !== undefined) return result;
    context.addIssue({ code: 'custom', message: error });
    return z.NEVER;
  });
  return schema.meta(facts({ expected: error, isSecret: true }));
}
