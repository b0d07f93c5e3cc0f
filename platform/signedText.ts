/**
 * Text that a client can hand on but not make up or change: base64url of a MAC (HMAC-SHA256, the first 16 bytes) followed
 * by the body. What the body is for goes into the MAC, so that a text of one purpose is none of another.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

const MAC_BYTES = 16;

/** `purpose` needs to end in a way that no body begins with. */
function macOf(key: Uint8Array, purpose: Uint8Array | string, body: Uint8Array): Buffer {
  return createHmac('sha256', key).update(purpose).update(body).digest().subarray(0, MAC_BYTES);
}

export const signText = (key: Uint8Array, purpose: Uint8Array | string, body: Uint8Array): string =>
  Buffer.concat([macOf(key, purpose, body), body]).toString('base64url');

/** The body; undefined for anything that signText has not made for this purpose. */
export function verifyText(key: Uint8Array, purpose: Uint8Array | string, text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  const mac = bytes.subarray(0, MAC_BYTES);
  const body = bytes.subarray(MAC_BYTES);
  // Buffer.from passes over what is not base64url: only the one way of writing a text counts.
  const isCanonical = bytes.toString('base64url') === text && mac.length === MAC_BYTES;
  return isCanonical && timingSafeEqual(mac, macOf(key, purpose, body)) ? body : undefined;
}
