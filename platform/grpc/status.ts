/**
 * Errors to and from what stands on the wire: gRPC status, with a google.rpc.Status in `grpc-status-details-bin` that
 * holds ErrorInfo { reason, domain "orderlog" }, BadRequest (where fields are wrong) and RetryInfo (where a repeat may
 * succeed). The code comes from the one table in platform/errors.ts.
 *
 * The same google.rpc.Status bytes are what is remembered of a refusal: an error read from them is answered with those
 * very bytes. They are bounded, since clients refuse trailers above 8 KiB: long texts are cut, and violations beyond what
 * fits are counted instead of listed.
 */
import { Metadata, type ServiceError } from '@grpc/grpc-js';
import { BadRequest, ErrorInfo, RetryInfo } from '../../proto/gen/google/rpc/error_details.ts';
import { Status } from '../../proto/gen/google/rpc/status.ts';
import { type ErrorCode, type FieldViolation, grpcStatusOf, OrderlogError } from '../errors.ts';
import { shown } from '../redaction/texts.ts';

const DETAILS_KEY = 'grpc-status-details-bin';
const DOMAIN = 'orderlog';
const TYPE_PREFIX = 'type.googleapis.com/google.rpc.';
const MAX_STATUS_BYTES = 4_096;
const MAX_VIOLATIONS = 20;
const MAX_MESSAGE_CHARS = 1_000;
const MAX_FIELD_CHARS = 200;
/** What to wait where a server could not be reached, and so could not say. */
const UNREACHABLE_RETRY_MS = 1_000;

const codeOfStatus = new Map(
  Object.entries(grpcStatusOf).map(([code, status]) => [status, code as ErrorCode]),
);
const rememberedBytes = new WeakMap<OrderlogError, Uint8Array>();
/** What is refused often is one error, whose answer is made once. */
const answers = new WeakMap<OrderlogError, Answer>();

/** The google.rpc.Status of an error; deterministic. */
export function toStatusBytes(error: OrderlogError): Uint8Array {
  const remembered = rememberedBytes.get(error);
  if (remembered) return remembered;
  let shown = Math.min(error.violations.length, MAX_VIOLATIONS);
  let bytes = encodeStatus(error, shown);
  while (bytes.length > MAX_STATUS_BYTES && shown > 0) {
    shown -= 1;
    bytes = encodeStatus(error, shown);
  }
  return bytes;
}

function encodeStatus(error: OrderlogError, shown: number): Uint8Array {
  const violations = error.violations.slice(0, shown);
  const left = error.violations.length - shown;
  if (left > 0) violations.push({ field: '', description: `and ${left} more` });
  const details = [
    detail('ErrorInfo', ErrorInfo.encode({ reason: error.reason, domain: DOMAIN, metadata: {} }).finish()),
  ];
  if (violations.length > 0) details.push(detail('BadRequest', encodeViolations(violations)));
  if (error.retryAfterMs !== undefined) details.push(detail('RetryInfo', encodeRetry(error.retryAfterMs)));
  return Status.encode({ code: grpcStatusOf[error.code], message: messageOf(error), details }).finish();
}

const detail = (type: string, value: Uint8Array) => ({
  typeUrl: TYPE_PREFIX + type,
  value: Buffer.from(value),
});

const cut = (text: string, maxChars: number): string => text.slice(0, maxChars).toWellFormed();

// grpc-js encodes the message with encodeURI, which throws on a lone surrogate.
const messageOf = (error: OrderlogError): string => cut(shown(error.message), MAX_MESSAGE_CHARS);

function encodeViolations(violations: readonly FieldViolation[]): Uint8Array {
  const fieldViolations = violations.map(({ field, description }) => ({
    field: cut(field, MAX_FIELD_CHARS),
    description: cut(shown(description), MAX_MESSAGE_CHARS),
    reason: '',
    localizedMessage: undefined,
  }));
  return BadRequest.encode({ fieldViolations }).finish();
}

function encodeRetry(retryAfterMs: number): Uint8Array {
  const ms = Math.max(0, Math.ceil(retryAfterMs));
  const retryDelay = { seconds: BigInt(Math.floor(ms / 1_000)), nanos: (ms % 1_000) * 1_000_000 };
  return RetryInfo.encode({ retryDelay }).finish();
}

/** The error that toStatusBytes made these bytes of. Throws if they are not a google.rpc.Status. */
export function fromStatusBytes(bytes: Uint8Array): OrderlogError {
  const status = Status.decode(bytes);
  const code = codeOfStatus.get(status.code) ?? 'INTERNAL';
  let reason: string = code;
  let violations: FieldViolation[] = [];
  let retryAfterMs: number | undefined;
  for (const { typeUrl, value } of status.details) {
    if (typeUrl === `${TYPE_PREFIX}ErrorInfo`) reason = ErrorInfo.decode(value).reason;
    if (typeUrl === `${TYPE_PREFIX}BadRequest`) violations = decodeViolations(value);
    if (typeUrl === `${TYPE_PREFIX}RetryInfo`) retryAfterMs = decodeRetry(value);
  }
  const more = retryAfterMs === undefined ? { violations } : { violations, retryAfterMs };
  const error = new OrderlogError(code, reason, status.message, more);
  rememberedBytes.set(error, bytes);
  return error;
}

const decodeViolations = (value: Uint8Array): FieldViolation[] =>
  BadRequest.decode(value).fieldViolations.map(({ field, description }) => ({ field, description }));

function decodeRetry(value: Uint8Array): number | undefined {
  const delay = RetryInfo.decode(value).retryDelay;
  return delay && Number(delay.seconds) * 1_000 + Math.ceil(delay.nanos / 1_000_000);
}

type Answer = Pick<ServiceError, 'code' | 'details' | 'metadata'> & Error;

/** What grpc-js answers for an error. */
export function toServiceError(error: OrderlogError): Answer {
  const made = answers.get(error) ?? answerOf(error);
  answers.set(error, made);
  return made;
}

function answerOf(error: OrderlogError): Answer {
  const metadata = new Metadata();
  metadata.set(DETAILS_KEY, Buffer.from(toStatusBytes(error)));
  const details = messageOf(error);
  return Object.assign(new Error(details), { code: grpcStatusOf[error.code], details, metadata });
}

/** What a call's failure says, for its client. A failure without details is one of the connection, or of grpc-js. */
export function fromServiceError(error: ServiceError): OrderlogError {
  const [bytes] = error.metadata?.get(DETAILS_KEY) ?? [];
  if (bytes instanceof Uint8Array) {
    try {
      return fromStatusBytes(bytes);
    } catch {
      // Not a google.rpc.Status: the plain status is all there is.
    }
  }
  const code = codeOfStatus.get(error.code) ?? 'INTERNAL';
  const retry = code === 'UNAVAILABLE' ? { retryAfterMs: UNREACHABLE_RETRY_MS } : {};
  return new OrderlogError(code, code, error.details || error.message, { ...retry, cause: error });
}
