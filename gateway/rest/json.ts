/**
 * JSON of a request, read without guessing: bytes that are not UTF-8 and text that is not JSON are refused, and a number
 * that a double cannot hold exactly becomes UNEXACT, which is no value of any field.
 */
import { OrderlogError } from '../../platform/errors.ts';

/** Stands for a number beyond 2^53: it would have been rounded. */
export const UNEXACT = Symbol('a number beyond 2^53');

/** No message is nested deeper by half. */
const MAX_DEPTH = 32;
const OPENING = '[{';
const CLOSING = ']}';

/** Throws OrderlogError MALFORMED_JSON; the message says where, and repeats nothing of the text. */
export function parseJson(bytes: Uint8Array): unknown {
  if (bytes.length === 0) throw malformed('the body is empty: send a JSON object');
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw malformed('the body is not UTF-8');
  }
  if (isTooDeep(text)) throw malformed(`the body is nested deeper than ${MAX_DEPTH}`);
  try {
    return JSON.parse(text, (_key, value) => (isUnexact(value) ? UNEXACT : value));
  } catch (error) {
    const [, position] = /at position (\d+)/.exec(String(error)) ?? [];
    throw malformed(`the body is not JSON${position ? `: it breaks off at character ${position}` : ''}`);
  }
}

/** Told before anything is made of it: a megabyte of brackets would be walked more than once. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  let isInText = false;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (isInText && character === '\\') at += 1;
    else if (character === '"') isInText = !isInText;
    else if (!isInText && OPENING.includes(character)) depth += 1;
    else if (!isInText && CLOSING.includes(character)) depth -= 1;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}

const isUnexact = (value: unknown): boolean =>
  typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER;

const malformed = (message: string) => new OrderlogError('INVALID_ARGUMENT', 'MALFORMED_JSON', message);
