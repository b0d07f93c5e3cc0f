/**
 * A key that signs tokens, as a pair of files: the private one (a JSON Web Key that its owner alone can read), and beside it what the
 * services are given, a JSON Web Key Set with the public one.
 */
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { JWK } from 'jose';
import { thumbprintOf } from '../../platform/access/keys.ts';
import { OrderlogError } from '../../platform/errors.ts';

const ALGORITHM = 'EdDSA';

export const publicFileOf = (file: string): string => `${file}.public.json`;

/** Throws OrderlogError rather than write over a key. */
export function makeKey(file: string): void {
  if (existsSync(file)) {
    const message = `${file} is there already: tokens that it has signed would be worth nothing; name another file`;
    throw new OrderlogError('ALREADY_EXISTS', 'KEY_EXISTS', message);
  }
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const open = publicKey.export({ format: 'jwk' }) as JWK;
  const head = { kid: thumbprintOf(open), alg: ALGORITHM, use: 'sig' };
  const write = (path: string, json: unknown, mode: number) =>
    writeFileSync(path, `${JSON.stringify(json, null, 2)}\n`, { mode, flag: 'wx' });
  write(file, { ...(privateKey.export({ format: 'jwk' }) as JWK), ...head }, 0o600);
  write(publicFileOf(file), { keys: [{ ...open, ...head }] }, 0o644);
}

/** Throws OrderlogError for a file that `makeKey` has not made. */
export function readKey(file: string): JWK {
  const wrong = (why: string) =>
    new OrderlogError(
      'INVALID_ARGUMENT',
      'KEY_UNREADABLE',
      `${file} ${why}: make a key by \`orderlog token key\``,
    );
  let key: JWK;
  try {
    key = JSON.parse(readFileSync(file, 'utf8')) as JWK;
  } catch {
    throw wrong('cannot be read as a key');
  }
  if (key.kty !== 'OKP' || key.d === undefined || key.kid === undefined)
    throw wrong('is no private key of ours');
  return key;
}
