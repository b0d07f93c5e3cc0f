/** What stands on the wire of a failure: google.rpc.Status in `grpc-status-details-bin`, read by its descriptors. */
import { type DescMessage, fromBinary } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import type { Any, Duration } from '@bufbuild/protobuf/wkt';
import { type Image, messageOf } from './image.ts';

/** The names of google.rpc.Code, by number. */
export const CODES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const;
export type Code = (typeof CODES)[number];

export const codeOf = (number: number): Code => CODES[number] ?? 'UNKNOWN';

/** The details of a failure. */
export interface Details {
  readonly code: Code;
  readonly message: string;
  /** Of ErrorInfo. */
  readonly reason: string | undefined;
  readonly domain: string | undefined;
  /** Of BadRequest: each field that is wrong, as it is named. */
  readonly fields: readonly string[];
  readonly descriptions: readonly string[];
  /** Whether RetryInfo is there, and how long it says to wait. */
  readonly retryAfterMs: number | undefined;
}

/** Throws if the bytes are no google.rpc.Status, or hold a detail that cannot be read. */
export function readDetails(image: Image, bytes: Uint8Array): Details {
  const status = read(messageOf(image, 'google.rpc.Status'), bytes);
  let details: Details = {
    code: codeOf(Number(fieldValue(status, 'code'))),
    message: String(fieldValue(status, 'message')),
    reason: undefined,
    domain: undefined,
    fields: [],
    descriptions: [],
    retryAfterMs: undefined,
  };
  for (const { message } of fieldValue(status, 'details') as Iterable<ReflectMessage>) {
    const { typeUrl, value } = message as Any;
    details = { ...details, ...readDetail(image, typeUrl, value) };
  }
  return details;
}

/** undefined: there are none that can be read. */
export function detailsOf(image: Image, { details }: { readonly details: Uint8Array | undefined }) {
  try {
    return details && readDetails(image, details);
  } catch {
    return undefined;
  }
}

function readDetail(image: Image, typeUrl: string, value: Uint8Array): Partial<Details> {
  const type = image.registry.getMessage(typeUrl.slice(typeUrl.lastIndexOf('/') + 1));
  if (!type) return {};
  const detail = read(type, value);
  switch (type.typeName) {
    case 'google.rpc.ErrorInfo':
      return { reason: String(fieldValue(detail, 'reason')), domain: String(fieldValue(detail, 'domain')) };
    case 'google.rpc.BadRequest': {
      const violations = [...(fieldValue(detail, 'field_violations') as Iterable<ReflectMessage>)];
      return {
        fields: violations.map((each) => String(fieldValue(each, 'field'))),
        descriptions: violations.map((each) => String(fieldValue(each, 'description'))),
      };
    }
    case 'google.rpc.RetryInfo': {
      const delay = (fieldValue(detail, 'retry_delay') as ReflectMessage).message as Duration;
      return { retryAfterMs: Number(delay.seconds) * 1_000 + delay.nanos / 1e6 };
    }
    default:
      return {};
  }
}

const read = (type: DescMessage, bytes: Uint8Array): ReflectMessage => reflect(type, fromBinary(type, bytes));

/** A field's value by its proto name. */
export function fieldValue(message: ReflectMessage, name: string): unknown {
  const field = message.fields.find((each) => each.name === name);
  if (!field) throw new Error(`${message.desc.typeName} has no field ${name}`);
  return message.get(field);
}
