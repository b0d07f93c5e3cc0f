/**
 * Consistency tokens: which write a reader wants to see, as opaque text that a client can hand on but not make up.
 *
 * base64url of a MAC (HMAC-SHA256, the first 16 bytes) followed by the text `<stream>/<version>/<aggregate id>`. The same
 * write always has the same token, so that an answer that holds one can be given again byte for byte.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { OrderlogError } from './errors.ts';

/** A write, named by the state it led to. */
export interface ConsistencyPoint {
  /** The JetStream stream that tells of it. */
  readonly stream: string;
  readonly aggregateId: string;
  /** The aggregate's version after the write. */
  readonly version: number;
}

const MAC_BYTES = 16;
// Keeps these MACs apart from any other use of the same key.
const PURPOSE = 'orderlog consistency token 1\0';
const BODY = /^([A-Z]+)\/([1-9]\d{0,9})\/(.+)$/s;

const macOf = (key: Uint8Array, body: Uint8Array): Buffer =>
  createHmac('sha256', key).update(PURPOSE).update(body).digest().subarray(0, MAC_BYTES);

export function issueToken(key: Uint8Array, { stream, aggregateId, version }: ConsistencyPoint): string {
  const body = Buffer.from(`${stream}/${version}/${aggregateId}`);
  return Buffer.concat([macOf(key, body), body]).toString('base64url');
}

/** Throws OrderlogError INVALID_ARGUMENT, naming consistency_token, for anything that issueToken has not made. */
export function readToken(key: Uint8Array, text: string): ConsistencyPoint {
  const bytes = Buffer.from(text, 'base64url');
  const mac = bytes.subarray(0, MAC_BYTES);
  const body = bytes.subarray(MAC_BYTES);
  // Buffer.from passes over what is not base64url: only the one way of writing a token counts.
  const isCanonical = bytes.toString('base64url') === text && mac.length === MAC_BYTES;
  if (!isCanonical || !timingSafeEqual(mac, macOf(key, body))) throw notOurs();
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
