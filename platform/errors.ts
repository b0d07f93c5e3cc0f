/**
 * The one error type that crosses module borders, and the one table from it to gRPC status (and, through that, to
 * problem+json). Modelled on etcd's `api/v3rpc/util.go`.
 */
import { status } from '@grpc/grpc-js';
import type { RefusalCode } from './decider.ts';

/** What may go wrong, in the field's words; the names are those of google.rpc.Code. */
export type ErrorCode =
  | RefusalCode
  | 'RESOURCE_EXHAUSTED'
  | 'DEADLINE_EXCEEDED'
  | 'CANCELLED'
  | 'UNIMPLEMENTED'
  | 'PERMISSION_DENIED'
  | 'UNAUTHENTICATED'
  | 'ABORTED'
  | 'DATA_LOSS'
  | 'INTERNAL';

/** One field that is wrong. */
export interface FieldViolation {
  /** Path in proto field names, such as `lines[0].quantity`. */
  readonly field: string;
  readonly description: string;
}

/** An error that a caller is meant to see. Anything else that is thrown is a fault, and is answered INTERNAL. */
export class OrderlogError extends Error {
  readonly code: ErrorCode;
  /** Machine-readable, UPPER_SNAKE_CASE, stable. */
  readonly reason: string;
  readonly violations: readonly FieldViolation[];
  /** When a repeat may succeed; unset: a repeat gets the same answer. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: ErrorCode,
    reason: string,
    message: string,
    more: { violations?: readonly FieldViolation[]; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'OrderlogError';
    this.code = code;
    this.reason = reason;
    this.violations = more.violations ?? [];
    this.retryAfterMs = more.retryAfterMs;
  }
}

/** The table. Nothing else in the code base names a gRPC status code. */
export const grpcStatusOf: Readonly<Record<ErrorCode, status>> = {
  NOT_FOUND: status.NOT_FOUND,
  FAILED_PRECONDITION: status.FAILED_PRECONDITION,
  INVALID_ARGUMENT: status.INVALID_ARGUMENT,
  ALREADY_EXISTS: status.ALREADY_EXISTS,
  UNAVAILABLE: status.UNAVAILABLE,
  RESOURCE_EXHAUSTED: status.RESOURCE_EXHAUSTED,
  DEADLINE_EXCEEDED: status.DEADLINE_EXCEEDED,
  CANCELLED: status.CANCELLED,
  UNIMPLEMENTED: status.UNIMPLEMENTED,
  PERMISSION_DENIED: status.PERMISSION_DENIED,
  UNAUTHENTICATED: status.UNAUTHENTICATED,
  ABORTED: status.ABORTED,
  DATA_LOSS: status.DATA_LOSS,
  INTERNAL: status.INTERNAL,
};
