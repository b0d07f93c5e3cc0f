/**
 * A page token: where a list goes on, opaque to its bearer. It is good for the list that issued it alone, with all that was
 * asked of it besides the page: a digest of both ends it. What was changed on the way, or is of another list, is refused.
 */
import { createHash } from 'node:crypto';
import { OrderlogError } from '../errors.ts';

/** The rpc's full name, and what narrows its list. */
export type ListScope = readonly string[];

/** Enough against mistakes; nobody gains by forging one. */
const DIGEST_CHARS = 8;

/** Where the next page begins, in several parts. */
export function pageToken(scope: ListScope, parts: readonly string[]): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([scope, parts]))
    .digest('base64url');
  return Buffer.from(JSON.stringify([...parts, digest.slice(0, DIGEST_CHARS)])).toString('base64url');
}

/** The parts of a token that this list issued. Throws INVALID_ARGUMENT. */
export function readPageToken(scope: ListScope, token: string): readonly string[] {
  try {
    const read: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    const parts = Array.isArray(read) ? read.slice(0, -1).map(String) : [];
    if (pageToken(scope, parts) === token) return parts;
  } catch {
    // Not one of ours either.
  }
  const description = 'must be a next_page_token of the same list, or empty for the first page';
  throw new OrderlogError('INVALID_ARGUMENT', 'PAGE_TOKEN_INVALID', `page_token ${description}`, {
    violations: [{ field: 'page_token', description }],
  });
}
