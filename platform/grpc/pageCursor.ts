/**
 * Page tokens of lists that are read on from a place: where the page before ended, signed, and good for the same question
 * only. A token that was changed, made up, or issued for another question is refused and never read.
 */
import { OrderlogError } from '../errors.ts';
import { signText, verifyText } from '../signedText.ts';

/** What the page before ended with, by the list's own sort. */
export type Place = readonly (string | number | null)[];

/** A list, and what is asked of it: the bytes of the request without page size and tokens. */
export interface Question {
  /** Such as `orders/search`. */
  readonly list: string;
  readonly asked: Uint8Array;
}

export const issueCursor = (key: Uint8Array, question: Question, place: Place): string =>
  signText(key, purposeOf(question), Buffer.from(JSON.stringify(place)));

/** undefined for the first page, whose token is empty. Throws OrderlogError INVALID_ARGUMENT, naming page_token. */
export function readCursor(key: Uint8Array, question: Question, token: string): Place | undefined {
  if (token === '') return undefined;
  const body = verifyText(key, purposeOf(question), token);
  if (body) return JSON.parse(body.toString('utf8')) as Place;
  const description =
    'must be a next_page_token as it was given, with the other fields as they were; or empty for the first page';
  throw new OrderlogError('INVALID_ARGUMENT', 'PAGE_TOKEN_INVALID', `page_token ${description}`, {
    violations: [{ field: 'page_token', description }],
  });
}

/** A place begins with `[`: its beginning cannot be taken for the end of what was asked, whose length stands before it. */
function purposeOf({ list, asked }: Question): Buffer {
  return Buffer.concat([Buffer.from(`orderlog page token 1\0${list}\0${asked.length}\0`), asked]);
}
