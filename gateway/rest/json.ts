/**
 * JSON of a request, read without guessing: bytes that are not UTF-8 and text that is not JSON are refused, and a number
 * that a double cannot hold exactly becomes UNEXACT, which is no value of any field.
 */
import { OrderlogError } from '../../platform/errors.ts';

/** Stands for a number beyond 2^53: it would have been rounded. */
export const UNEXACT = Symbol('a number beyond 2^53');

/** Throws OrderlogError MALFORMED_JSON; the message says where, and repeats nothing of the text. */
export function parseJson(bytes: Uint8Array): unknown {
  if (bytes.length === 0) throw malformed('the body is empty: send a JSON object');
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw malformed('the body is not UTF-8');
  }
  try {
    return JSON.parse(text, (_key, value) => (isUnexact(value) ? UNEXACT : value));
  } catch (error) {
    const [, position] = /at position (\d+)/.exec(String(error)) ?? [];
    throw malformed(`the body is not JSON${position ? `: it breaks off at character ${position}` : ''}`);
  }
}

const isUnexact = (value: unknown): boolean =>
  typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER;

const malformed = (message: string) => new OrderlogError('INVALID_ARGUMENT', 'MALFORMED_JSON', message);
