/** The place of the next page in a list of payments: the last payment_id of the page before. */
import { OrderlogError } from '../../platform/errors.ts';

export const pageTokenOf = (paymentId: string): string => Buffer.from(paymentId).toString('base64url');

/** '': the first page. Throws for what is no token of this service. */
export function readPageToken(token: string): string {
  const paymentId = Buffer.from(token, 'base64url').toString();
  if (pageTokenOf(paymentId) === token && /^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?$/.test(paymentId)) {
    return paymentId;
  }
  throw new OrderlogError('INVALID_ARGUMENT', 'PAGE_TOKEN_INVALID', 'page_token is not one of this service', {
    violations: [
      { field: 'page_token', description: 'must be a next_page_token, or empty for the first page' },
    ],
  });
}
