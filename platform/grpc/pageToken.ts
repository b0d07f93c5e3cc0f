/** A page token of several parts, opaque to its bearer. */
import { OrderlogError } from '../errors.ts';

export const pageToken = (parts: readonly string[]): string =>
  Buffer.from(JSON.stringify(parts)).toString('base64url');

/** The parts of a token, each of which must match its pattern. Throws INVALID_ARGUMENT. */
export function readPageToken(token: string, patterns: readonly RegExp[]): readonly string[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (Array.isArray(parts) && parts.length === patterns.length) {
      if (patterns.every((pattern, at) => pattern.test(String(parts[at])))) return parts.map(String);
    }
  } catch {
    // Not one of ours either.
  }
  throw new OrderlogError('INVALID_ARGUMENT', 'PAGE_TOKEN_INVALID', 'page_token is not one of this service', {
    violations: [
      { field: 'page_token', description: 'must be a next_page_token, or empty for the first page' },
    ],
  });
}
