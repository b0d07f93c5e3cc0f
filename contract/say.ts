/** Expectations, outcomes and requests in words. */
import { type DescMessage, fromBinary, type Message, toJsonString } from '@bufbuild/protobuf';
import type { Outcome } from './call.ts';
import type { Image } from './image.ts';
import type { Expectation } from './judge.ts';
import { detailsOf } from './status.ts';

/** The reason of a request that breaks a rule of the contract. */
export const INVALID_FIELD = 'INVALID_FIELD';

const MAX_CHARS = 2_000;

export const cut = (text: string, maxChars = MAX_CHARS): string =>
  text.length <= maxChars ? text : `${text.slice(0, maxChars)}... (${text.length} characters)`;

export function describe(expectation: Expectation): string {
  switch (expectation.kind) {
    case 'accepted': {
      const { codes, ownRulesAt } = expectation;
      const own = ownRulesAt === undefined ? '' : `, or INVALID_ARGUMENT naming ${ownRulesAt}`;
      return `${codes.join(' or ')}${own}`;
    }
    case 'refused':
      return `INVALID_ARGUMENT, reason ${INVALID_FIELD}, naming ${list(expectation.fields)}`;
    case 'refusedAt':
      return `INVALID_ARGUMENT, reason ${INVALID_FIELD}, naming ${expectation.field}`;
    case 'unreadable':
      return 'INVALID_ARGUMENT, since the bytes are no message';
    case 'anyOf':
      return expectation.expectations.map(describe).join('; or ');
  }
}

const list = (names: readonly string[]): string => (names.length === 0 ? 'no field' : names.join(', '));

export function describeOutcome(image: Image, outcome: Outcome): string {
  if (outcome.code === 'OK') return 'OK';
  const details = detailsOf(image, outcome);
  if (!details) return `${outcome.code} without readable details (${cut(outcome.message, 200)})`;
  const { reason, fields } = details;
  return `${outcome.code}, reason ${reason ?? 'none'}, naming ${list(fields)} (${cut(outcome.message, 200)})`;
}

/** A request as JSON; what is no message, as its bytes. */
export function requestText({ registry }: Image, type: DescMessage, bytes: Uint8Array): string {
  try {
    return cut(toJsonString(type, fromBinary(type, bytes), { registry, useProtoFieldName: true }));
  } catch {
    return bytesText(bytes);
  }
}

export const bytesText = (bytes: Uint8Array): string =>
  JSON.stringify({
    bytes: cut(Buffer.from(bytes.subarray(0, MAX_CHARS)).toString('hex')),
    length: bytes.length,
  });

export const messageText = ({ registry }: Image, type: DescMessage, message: Message): string =>
  toJsonString(type, message, { registry, useProtoFieldName: true });
