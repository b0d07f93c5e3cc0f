/**
 * Errors as problem+json (RFC 9457): type, title, status, detail, and what gRPC says in its details: code, reason,
 * violations. The one table from our errors to HTTP.
 */
import type { FastifyReply } from 'fastify';
import type { ErrorCode, FieldViolation, OrderlogError } from '../../platform/errors.ts';
import { shown } from '../../platform/redaction/texts.ts';
import { challengeOf } from './access.ts';

export interface Problem {
  /** `urn:orderlog:problem:<reason>`, lower-case, with hyphens. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  /** Machine-readable, stable. */
  readonly reason: string;
  readonly violations: readonly FieldViolation[];
}

const statusOf: Readonly<Record<ErrorCode, { readonly status: number; readonly title: string }>> = {
  INVALID_ARGUMENT: { status: 400, title: 'The request is wrong' },
  UNAUTHENTICATED: { status: 401, title: 'Who are you?' },
  PERMISSION_DENIED: { status: 403, title: 'Not allowed' },
  NOT_FOUND: { status: 404, title: 'Not found' },
  ALREADY_EXISTS: { status: 409, title: 'It exists already' },
  FAILED_PRECONDITION: { status: 409, title: 'Its state does not allow it' },
  ABORTED: { status: 409, title: 'Another request was faster' },
  RESOURCE_EXHAUSTED: { status: 429, title: 'Too much at once' },
  CANCELLED: { status: 499, title: 'The caller went away' },
  INTERNAL: { status: 500, title: 'Internal error' },
  DATA_LOSS: { status: 500, title: 'Data was lost' },
  UNIMPLEMENTED: { status: 501, title: 'Not offered yet' },
  UNAVAILABLE: { status: 503, title: 'Not available now' },
  DEADLINE_EXCEEDED: { status: 504, title: 'It took too long' },
};

/** Where HTTP has a finer word than the code. */
const statusOfReason: Readonly<Record<string, number>> = {
  METHOD_NOT_ALLOWED: 405,
  REQUEST_TOO_SLOW: 408,
  BODY_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  HOST_NOT_EXPECTED: 421,
  REQUEST_ID_REUSED: 422,
  HEADERS_TOO_LARGE: 431,
  TOO_MANY_WATCHERS: 503,
};

/** What a repeat should wait where the error does not say. */
const DEFAULT_RETRY_MS = 1_000;
/** A body may be wrong in more places than an answer should hold. */
const MAX_VIOLATIONS = 20;
const MAX_FIELD_CHARS = 200;
/** Whether an answer with the status says when to repeat the request. */
export const isRepeatable = (status: number): boolean => status === 429 || status === 503;

/** Fields that are not in the body, by their proto names: how the client gave them. */
export type FieldNames = Readonly<Record<string, string>>;

/** `lines[0].unit_price` -> `lines[0].unitPrice`. */
const camelCase = (path: string): string =>
  path.replace(/(?<=[a-z0-9])_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());

/** As the client spelled it, who may name a field `__proto__`. */
const spelled = (field: string, names: FieldNames): string =>
  (Object.hasOwn(names, field) ? names[field] : undefined) ?? camelCase(field);

export function problemOf(error: OrderlogError, names: FieldNames = {}): Problem {
  const { code, reason } = error;
  const { status, title } = statusOf[code];
  const violations = error.violations.slice(0, MAX_VIOLATIONS).map(({ field, description }) => ({
    field: spelled(field, names).slice(0, MAX_FIELD_CHARS).toWellFormed(),
    description: shown(description),
  }));
  return {
    type: `urn:orderlog:problem:${reason.toLowerCase().replaceAll('_', '-')}`,
    title,
    status: statusOfReason[reason] ?? status,
    detail: shown(detailOf(error, violations[0])),
    code,
    reason,
    violations,
  };
}

/** A message that names fields names them as gRPC spells them. */
function detailOf({ message, violations }: OrderlogError, first: FieldViolation | undefined): string {
  if (!first) return message;
  const more = violations.length > 1 ? ` (and ${violations.length - 1} more)` : '';
  return `${first.field || 'the request'}: ${first.description}${more}`;
}

export function sendProblem(reply: FastifyReply, error: OrderlogError, names?: FieldNames): FastifyReply {
  const problem = problemOf(error, names);
  if (isRepeatable(problem.status)) {
    reply.header('retry-after', Math.max(1, Math.ceil((error.retryAfterMs ?? DEFAULT_RETRY_MS) / 1_000)));
  }
  if (problem.status === 401) reply.header('www-authenticate', challengeOf(error));
  return reply.code(problem.status).type('application/problem+json').send(problem);
}
