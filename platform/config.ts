/**
 * Configuration: environment variables and nothing else, named ORDERLOG_*, and OTEL_* where OpenTelemetry has a name for
 * them (telemetry/config.ts); read once at start.
 *
 * A service declares each variable with a zod schema. A variable of these that is not declared is refused, since it is
 * a typing error in nearly every case; all problems are told at once, each with the variable's name and what is
 * expected. Values are never printed: some are secrets, and may stand in a file that <NAME>_FILE names; what is secret of them stands
 * in no text that is printed later (redaction/texts.ts). An empty variable counts as not set. What a variable is for is its
 * schema's description, and stands with its unit and bounds in docs/settings.md.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { LOG_LEVELS } from './logging.ts';
import { nearestName } from './nearestName.ts';
import { neverShow, passwordsIn, secretsIn } from './redaction/texts.ts';
import { decodeKey, parseKeyring } from './sealing.ts';

const MIN_SECRET_CHARS = 16;

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
  const secrets = Object.entries<z.ZodType>(shape).flatMap(([name, schema]) =>
    isSecret(schema) ? [name] : [],
  );
  const problems = unknownVariables([...Object.keys(shape), ...secrets.map(fileVariable)], env);
  const values: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries<z.ZodType>(shape)) {
    const { given, problem } = secrets.includes(name)
      ? givenSecret(name, env)
      : { given: env[name] || undefined };
    if (problem !== undefined) {
      problems.push(problem);
      continue;
    }
    if (given !== undefined) neverShow(secrets.includes(name) ? secretsIn(given) : passwordsIn(given));
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

const fileVariable = (name: string): string => `${name}_FILE`;

/** Whether its value is not to be shown; a default or "optional" may be put around it. */
function isSecret(schema: z.ZodType): boolean {
  const inner =
    schema instanceof z.ZodDefault || schema instanceof z.ZodOptional ? schema.def.innerType : undefined;
  return inner ? isSecret(inner as z.ZodType) : schema.meta()?.isSecret === true;
}

/** A secret's value: the variable's own, or what stands in the file that <NAME>_FILE names, without the end of its line. */
function givenSecret(name: string, env: NodeJS.ProcessEnv): { given?: string | undefined; problem?: string } {
  const file = env[fileVariable(name)] || undefined;
  const given = env[name] || undefined;
  if (file === undefined) return { given };
  if (given !== undefined)
    return { problem: `${name} and ${fileVariable(name)} are both set: set one of them` };
  try {
    return { given: readFileSync(file, 'utf8').replace(/\r?\n$/, '') || undefined };
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'it cannot be read';
    return { problem: `${fileVariable(name)} is wrong: the file cannot be read (${why})` };
  }
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

/** One or more of a few words, separated by commas. */
export function choices<const T extends readonly string[]>(values: T) {
  const error = `expected one or more of ${values.join(', ')}, separated by commas`;
  const isOne = (word: string): word is T[number] => values.includes(word);
  return z
    .string({ error })
    .transform((value) => value.split(',').map((word) => word.trim()))
    .refine((words) => words.every(isOne), { error })
    .transform((words) => words.filter(isOne))
    .meta(facts({ expected: error }));
}

/** Any text but an empty one. `meaning` says what is expected. */
export const text = (meaning: string) =>
  z.string({ error: `expected ${meaning}` }).meta(facts({ expected: `expected ${meaning}` }));

/** The same, of what is not to be shown. */
export const secretText = (meaning: string) =>
  z.string({ error: `expected ${meaning}` }).meta(facts({ expected: `expected ${meaning}`, isSecret: true }));

/** A file that the process may read. `meaning` says what it holds. */
export const file = (meaning: string) => text(`the path of a file with ${meaning}`);

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

/** What webhooks are signed with: of several, while they are changed, the first signs and all verify. */
export function webhookSecrets() {
  const error = 'expected one or more secrets of at least 16 characters, separated by commas';
  const parse = (value: string) => {
    const secrets = value.split(',').map((each) => each.trim());
    return secrets.every((each) => each.length >= MIN_SECRET_CHARS) ? secrets : undefined;
  };
  return parsed<readonly string[]>(parse, error);
}

/** Where a process answers health a second time, for probes that know of no TLS. */
export const healthListen = () =>
  listenAddress()
    .optional()
    .describe('Where health alone is answered over gRPC, in the clear, for probes that show no certificate.');

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
