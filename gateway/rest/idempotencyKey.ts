/** The Idempotency-Key header: what the request_id is over REST, where the body has none. */
import type { FastifyRequest } from 'fastify';
import { OrderlogError } from '../../platform/errors.ts';
import { headerOf } from './routes.ts';

export const KEY_HEADER = 'Idempotency-Key';

/** The header as it is, or as the quoted string of the IETF's draft. Throws OrderlogError if it is missing. */
export function idempotencyKeyOf(request: FastifyRequest): string {
  const header = headerOf(request, KEY_HEADER.toLowerCase());
  if (header !== undefined && header !== '') return header.replace(/^"(.*)"$/, '$1');
  const description = 'must be set: a UUID, chosen anew for each request and repeated with each repeat';
  throw new OrderlogError('INVALID_ARGUMENT', 'IDEMPOTENCY_KEY_MISSING', `${KEY_HEADER} ${description}`, {
    violations: [{ field: 'request_id', description }],
  });
}

/** Refuses a field that a client gives elsewhere, in either of its spellings; `where` tells it. */
export function refuseInBody(
  body: unknown,
  spellings: readonly [camelCase: string, protoName: string],
  where: string,
): void {
  const isGiven = typeof body === 'object' && body !== null && spellings.some((name) => name in body);
  if (!isGiven) return;
  const [field] = spellings;
  const description = `is not a field of the body: give it ${where}`;
  throw new OrderlogError('INVALID_ARGUMENT', 'INVALID_FIELD', `${field} ${description}`, {
    violations: [{ field, description }],
  });
}
