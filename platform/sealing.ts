/**
 * Sealed text: AES-256-GCM (NIST SP 800-38D) under a key of a keyring, with a random nonce of 12 bytes, the 16 byte tag
 * after the ciphertext, and associated data that ties the text to where it belongs. The shape is that of the message
 * orderlog.saga.v1.SealedToken.
 *
 * Keys rotate: the first of the ring seals, all of them open. A key that is taken off the ring destroys what it sealed.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { OrderlogError } from './errors.ts';

export interface Keyring {
  /** The key that seals. */
  readonly current: string;
  /** 32 bytes each, by key id. */
  readonly keys: ReadonlyMap<string, Buffer>;
}

export interface Sealed {
  readonly keyId: string;
  readonly nonce: Buffer;
  /** With the tag at its end. */
  readonly ciphertext: Buffer;
}

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_ID = /^[A-Za-z0-9_-]{1,32}$/;

/** 32 bytes from canonical base64; undefined if the text is anything else. */
export function decodeKey(base64: string): Buffer | undefined {
  const key = Buffer.from(base64, 'base64');
  return key.length === KEY_BYTES && key.toString('base64') === base64 ? key : undefined;
}

/** Reads `k1:<base64>,k2:<base64>`; undefined if it is not that, or names a key twice. */
export function parseKeyring(text: string): Keyring | undefined {
  const keys = new Map<string, Buffer>();
  for (const part of text.split(',')) {
    const [id = '', base64 = ''] = part.trim().split(':');
    const key = decodeKey(base64);
    if (!key || !KEY_ID.test(id) || keys.has(id)) return undefined;
    keys.set(id, key);
  }
  const [current] = keys.keys();
  return current === undefined ? undefined : { current, keys };
}

/** Seals a text under the current key. */
export function seal(keyring: Keyring, plaintext: string, associatedData: string): Sealed {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, keyOf(keyring, keyring.current), nonce, {
    authTagLength: TAG_BYTES,
  });
  cipher.setAAD(Buffer.from(associatedData));
  const ciphertext = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return { keyId: keyring.current, nonce, ciphertext };
}

/**
 * Opens what was sealed for this place. Throws FAILED_PRECONDITION if the ring lacks the key, DATA_LOSS if it was changed
 * or sealed for another place; neither tells anything of the content.
 */
export function open(keyring: Keyring, sealed: Sealed, associatedData: string): string {
  const key = keyOf(keyring, sealed.keyId);
  try {
    const { nonce, ciphertext } = sealed;
    if (nonce.length !== NONCE_BYTES) throw new RangeError('nonce');
    const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(associatedData));
    decipher.setAuthTag(ciphertext.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(ciphertext.subarray(0, -TAG_BYTES)), decipher.final()]).toString(
      'utf8',
    );
  } catch {
    throw new OrderlogError(
      'DATA_LOSS',
      'SEAL_BROKEN',
      'a sealed value cannot be opened: it is not as it was sealed',
    );
  }
}

function keyOf(keyring: Keyring, keyId: string): Buffer {
  const key = keyring.keys.get(keyId);
  if (key) return key;
  const named = KEY_ID.test(keyId) ? `the key ${keyId}` : 'a key';
  const message = `a sealed value needs ${named}, which is not in the keyring`;
  throw new OrderlogError('FAILED_PRECONDITION', 'SEALING_KEY_MISSING', message);
}
