/** The write that a reader wants to see: the consistency token of a request. */
import { readToken } from '../../platform/consistencyToken.ts';
import { OrderlogError } from '../../platform/errors.ts';
import { ORDERS } from '../../proto/streams.ts';

/** A version of an order that a reader wants to see at least. */
export interface WantedVersion {
  readonly orderId: string;
  readonly version: number;
}

/** undefined: there is no token. Throws OrderlogError INVALID_TOKEN, naming consistency_token. */
export function wantedVersion(key: Uint8Array, token: string): WantedVersion | undefined {
  if (token === '') return undefined;
  const { stream, aggregateId: orderId, version } = readToken(key, token);
  if (stream !== ORDERS.name) throw otherStream(stream);
  return { orderId, version };
}

function otherStream(stream: string): OrderlogError {
  const description = `is of ${stream}; reads of orders take tokens of writes on orders`;
  return new OrderlogError('INVALID_ARGUMENT', 'INVALID_TOKEN', `consistency_token: ${description}`, {
    violations: [{ field: 'consistency_token', description }],
  });
}
