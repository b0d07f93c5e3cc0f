/**
 * What is written as values under names, a log line's fields or a span's attributes, without what its name says is not to be shown: the
 * marked fields of the contract (marks.ts), and what credentials are called. Errors keep what tells what broke, and nothing
 * that may be what somebody sent: of PostgreSQL's the `detail` holds rows, of HTTP clients' the request, of a URL's its password.
 */
import { markedNames, plainName } from './marks.ts';
import { REDACTED, shown } from './texts.ts';

const CREDENTIALS: ReadonlySet<string> = new Set([
  ...['authorization', 'bearer', 'cookie', 'setcookie', 'token', 'password', 'passwd'],
  ...['secret', 'secretkey', 'key', 'keyring', 'apikey', 'credentials'],
]);
const MAX_DEPTH = 8;
const TOO_DEEP = '[deeper than is shown]';

export function isHidden(name: string): boolean {
  const plain = plainName(name);
  return CREDENTIALS.has(plain) || markedNames().has(plain);
}

/** A copy of plain objects and lists; what else is in them is left as it is. */
export const redactedFields = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  copyOf(fields, 0);

const copyOf = (object: object, depth: number): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(object).map(([name, value]) => [
      name,
      isHidden(name) && value !== undefined ? REDACTED : redacted(value, depth + 1),
    ]),
  );

function redacted(value: unknown, depth: number): unknown {
  if (!isPlain(value)) return value;
  if (depth > MAX_DEPTH) return TOO_DEEP;
  return Array.isArray(value) ? value.map((each) => redacted(each, depth + 1)) : copyOf(value, depth);
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Array.isArray(value);
}

/** Of a span: names are dotted, and the last part says what it is. */
export const redactedAttributes = <A extends Readonly<Record<string, unknown>>>(attributes: A): A =>
  Object.fromEntries(
    Object.entries(attributes).flatMap(([name, value]) => {
      if (isHidden(name.slice(name.lastIndexOf('.') + 1))) return [];
      return [[name, typeof value === 'string' ? shown(value) : value]];
    }),
  ) as A;

/** Beside type, message, stack and cause. */
const ERROR_FACTS = [
  ...['code', 'reason', 'errno', 'syscall', 'address', 'port', 'status', 'statusCode', 'signal'],
  ...['severity', 'schema', 'table', 'column', 'constraint', 'routine'],
] as const;
const MAX_CAUSES = 8;

/** An error as it is logged. */
export function errorFields(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return typeof error === 'object' ? REDACTED : error;
  const given = error as Error & Readonly<Record<string, unknown>>;
  const facts = ERROR_FACTS.flatMap((name) => (isScalar(given[name]) ? [[name, given[name]] as const] : []));
  const inner = (each: unknown) => errorFields(each, depth + 1);
  return {
    type: error.name,
    message: error.message,
    stack: error.stack,
    ...Object.fromEntries(facts),
    ...(error.cause !== undefined && depth < MAX_CAUSES && { cause: inner(error.cause) }),
    ...(error instanceof AggregateError && depth < MAX_CAUSES && { errors: error.errors.map(inner) }),
  };
}

const isScalar = (value: unknown): boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
