/**
 * Checks a request's bytes against the contract: readable protobuf, clean text (wireScan.ts), and the protovalidate rules
 * of every field. What is wrong is INVALID_ARGUMENT, each field by its path in proto names (`lines[0].quantity`); no
 * message repeats a value.
 *
 * What passes is written again by protobuf-es (fields in number order, unknown fields kept; UUIDs in lower case, times to the millisecond), and
 * these bytes are what is handled: another decoder that read the client's own might see another request than the rules saw
 * (a message that is sent twice is merged by one and replaced by another). Their SHA-256 is the request's fingerprint, so
 * that equal requests have equal fingerprints however their client ordered the fields or spelled the ids. Map entries keep
 * the client's order: no request that is fingerprinted should have a map.
 */
import { hash } from 'node:crypto';
import {
  create,
  type DescField,
  type DescMessage,
  fromBinary,
  getOption,
  type Message,
  toBinary,
} from '@bufbuild/protobuf';
import { pathToString } from '@bufbuild/protobuf/reflect';
import { createValidator, type Validator } from '@bufbuild/protovalidate';
import { field as fieldRules } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { type FieldViolation, OrderlogError } from '../errors.ts';
import { descriptors } from './descriptors.ts';
import { matchPattern } from './matchPattern.ts';
import { cutToMillis, holdsTime } from './wholeMillis.ts';
import { scanRequest } from './wireScan.ts';

/** A request that passed. */
export interface CheckedRequest {
  readonly bytes: Uint8Array;
  /** 32 bytes. */
  readonly fingerprint: Uint8Array;
}

/** Takes a request's bytes; throws OrderlogError INVALID_ARGUMENT. */
export type RequestCheck = (bytes: Uint8Array) => CheckedRequest;

let shared: Validator | undefined;
const validator = (): Validator => {
  shared ??= createValidator({ registry: descriptors().registry, regexMatch: matchPattern });
  return shared;
};

/** The check of one request type. Compiles its rules now, so that no caller waits for it. */
export function createRequestCheck(type: DescMessage): RequestCheck {
  ruleViolations(type, fromBinary(type, toBinary(type, create(type))));
  const uuids = type.fields.filter(isUuid).map(({ localName }) => localName);
  const hasTimes = holdsTime(type);
  return (bytes) => {
    refuseIfAny(readable(() => scanRequest(type, bytes)));
    const message = readable(() => fromBinary(type, bytes));
    refuseIfAny(ruleViolations(type, message));
    lower(message, uuids);
    if (hasTimes) cutToMillis(type, message);
    const written = toBinary(type, message);
    return { bytes: written, fingerprint: hash('sha256', written, 'buffer') };
  };
}

/** By its rule. In requests they stand at the top, one by one: none is in a list, a oneof or a message within (a test holds the contract to it). */
function isUuid(field: DescField): boolean {
  const { type } = getOption(field, fieldRules);
  return type.case === 'string' && type.value.wellKnown.case === 'uuid' && type.value.wellKnown.value;
}

/** A UUID names the same in whatever case it is spelled. `names`: of the fields, as the message has them. */
function lower(message: Message, names: readonly string[]): void {
  const values = message as unknown as Record<string, string | undefined>;
  for (const name of names) values[name] = values[name]?.toLowerCase();
}

function readable<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const message = 'the request cannot be read: its bytes are not a message of this method';
    throw new OrderlogError('INVALID_ARGUMENT', 'UNREADABLE_REQUEST', message, { cause });
  }
}

function ruleViolations(type: DescMessage, message: Message): readonly FieldViolation[] {
  const result = validator().validate(type, message);
  // A rule that cannot be compiled or run is a fault of the contract, not of the caller.
  if (result.kind === 'error') throw result.error;
  return (result.violations ?? []).map((violation) => ({
    field: pathToString(violation.field),
    description: violation.message,
  }));
}

function refuseIfAny(violations: readonly FieldViolation[]): void {
  const [first] = violations;
  if (!first) return;
  const more = violations.length > 1 ? ` (and ${violations.length - 1} more)` : '';
  const message = `${first.field || 'the request'}: ${first.description}${more}`;
  throw new OrderlogError('INVALID_ARGUMENT', 'INVALID_FIELD', message, { violations });
}
