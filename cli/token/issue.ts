/** Issues a token, as an issuer would whom the services trust by ORDERLOG_AUTH_KEY_FILE. */
import { importJWK, SignJWT } from 'jose';
import { readKey } from './key.ts';

export interface TokenWish {
  readonly keyFile: string;
  readonly issuer: string;
  readonly audience: string;
  readonly subject: string;
  readonly scopes: readonly string[];
  readonly forSeconds: number;
}

/** Throws OrderlogError for a key that cannot be used. */
export async function issueToken(wish: TokenWish): Promise<string> {
  const jwk = readKey(wish.keyFile);
  const now = Math.floor(Date.now() / 1_000);
  return new SignJWT({ scope: wish.scopes.join(' ') })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'JWT', kid: jwk.kid ?? '' })
    .setIssuer(wish.issuer)
    .setAudience(wish.audience)
    .setSubject(wish.subject)
    .setIssuedAt(now)
    .setExpirationTime(now + wish.forSeconds)
    .sign(await importJWK(jwk, 'EdDSA'));
}
