/**
 * Consistency tokens: which write a reader wants to see, as opaque text that a client can hand on but not make up.
 *
 * Signed text (signedText.ts) of `<stream>/<version>/<aggregate id>`. The same write always has the same token, so that an
 * answer that holds one can be given again byte for byte.
 */
import { OrderlogError } from './errors.ts';
import { signText, verifyText } from './signedText.ts';

/** A write, named by the state it led to. */
export interface ConsistencyPoint {
  /** The JetStream stream that tells of it. */
  readonly stream: string;
  readonly aggregateId: string;
  /** The aggregate's version after the write. */
  readonly version: number;
}

// Keeps these MACs apart from any other use of the same key.
const PURPOSE = 'orderlog consistency token 1\0';
const BODY = /^([A-Z]+)\/([1-9]\d{0,9})\/(.+)$/s;

export const issueToken = (key: Uint8Array, { stream, aggregateId, version }: ConsistencyPoint): string =>
  signText(key, PURPOSE, Buffer.from(`${stream}/${version}/${aggregateId}`));

/** Throws OrderlogError INVALID_ARGUMENT, naming consistency_token, for anything that issueToken has not made. */
export function readToken(key: Uint8Array, text: string): ConsistencyPoint {
  const body = verifyText(key, PURPOSE, text);
  if (!body) throw notOurs();
  const [, stream, version, aggregateId] = BODY.exec(body.toString('utf8')) ?? [];
  if (!stream || !version || !aggregateId) throw notOurs();
  return { stream, aggregateId, version: Number(version) };
}

function notOurs(): OrderlogError {
  const description = 'must be a token from the answer to a write';
  const violations = [{ field: 'consistency_token', description }];
  return new OrderlogError('INVALID_ARGUMENT', 'INVALID_TOKEN', `consistency_token: ${description}`, {
    violations,
  });
}
