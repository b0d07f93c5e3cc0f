/**
 * Signs what is sent over HTTP, and checks it: `t=<seconds>,v1=<hex>`, an HMAC-SHA256 of `<seconds>.<body>`, as Stripe signs its
 * webhooks (https://docs.stripe.com/webhooks/signature). The body is the very bytes that went over the wire. What is older than
 * the window is refused, since whoever has once seen it could send it again for ever.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** For how long what was signed counts, either way by the clock. */
export const REPLAY_WINDOW_MS = 300_000;
/** While secrets are changed there are two. */
const MAX_SIGNATURES = 10;
const MAX_HEADER_CHARS = 2_000;
const SECONDS = /^\d{1,12}$/;
const MAC = /^[0-9a-f]{64}$/;

const macOf = (secret: string, seconds: string, body: Uint8Array): Buffer =>
  createHmac('sha256', secret).update(`${seconds}.`).update(body).digest();

export function signBody(secret: string, body: Uint8Array, nowMs: number): string {
  const seconds = String(Math.floor(nowMs / 1_000));
  return `t=${seconds},v1=${macOf(secret, seconds, body).toString('hex')}`;
}

/** Why the body does not count; undefined: one of the secrets has signed it, and lately. */
export function bodyRefusal(
  secrets: readonly string[],
  header: string,
  body: Uint8Array,
  nowMs: number,
): string | undefined {
  if (header.length > MAX_HEADER_CHARS) return 'the signature is too long';
  const pairs = header.split(',').map((pair) => pair.trim().split('=', 2));
  const seconds = pairs.find(([name]) => name === 't')?.[1] ?? '';
  const given = pairs.flatMap(([name, value = '']) => (name === 'v1' && MAC.test(value) ? [value] : []));
  if (!SECONDS.test(seconds) || given.length === 0)
    return 'there is no signature such as t=<seconds>,v1=<hex>';
  const macs = given.slice(0, MAX_SIGNATURES).map((hex) => Buffer.from(hex, 'hex'));
  const wanted = secrets.map((secret) => macOf(secret, seconds, body));
  // All are compared, whichever fits: how long it takes tells nothing.
  const fits = wanted.flatMap((mac) => macs.map((each) => timingSafeEqual(mac, each))).includes(true);
  if (!fits) return 'the signature is not of this body by a secret that is known here';
  const isLate = Math.abs(nowMs - Number(seconds) * 1_000) > REPLAY_WINDOW_MS;
  return isLate ? `it was signed more than ${REPLAY_WINDOW_MS / 1_000} s ago, or ahead` : undefined;
}
