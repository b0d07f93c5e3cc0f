/** An issuer of tokens for tests: right ones, and every kind of wrong one. */
import { createHmac, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { type JWK, type JWTPayload, SignJWT } from 'jose';

export const ISSUER = 'https://issuer.test';
export const AUDIENCE = 'orderlog';

export interface TestIssuer {
  /** Its public keys, as a JSON Web Key Set. */
  readonly jwks: { readonly keys: readonly JWK[] };
  readonly pem: string;
  /** A token that is right, but for what is given. */
  token(claims: JWTPayload): Promise<string>;
  /** One of each kind that must be refused, with these claims; by what is wrong with it. */
  wrongTokens(claims: JWTPayload): Promise<Readonly<Record<string, string>>>;
}

const HOUR_S = 3_600;

export function testIssuer(): TestIssuer {
  const kid = randomUUID();
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const stranger = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const now = Math.floor(Date.now() / 1_000);
  const full = (claims: JWTPayload): JWTPayload => ({
    iss: ISSUER,
    aud: AUDIENCE,
    sub: 'ada',
    iat: now,
    exp: now + HOUR_S,
    ...claims,
  });
  const sign = (claims: JWTPayload, key: KeyObject = privateKey, id: string = kid) =>
    new SignJWT(full(claims)).setProtectedHeader({ alg: 'RS256', kid: id, typ: 'JWT' }).sign(key);
  const base64 = (json: unknown) => Buffer.from(JSON.stringify(json)).toString('base64url');
  /** By hand: no library makes these. */
  const forged = (alg: string, claims: JWTPayload, signatureOf: (input: string) => string) => {
    const input = `${base64({ alg, kid, typ: 'JWT' })}.${base64(full(claims))}`;
    return `${input}.${signatureOf(input)}`;
  };
  const hmac = (key: string) => (input: string) =>
    createHmac('sha256', key).update(input).digest('base64url');
  return {
    jwks: { keys: [{ ...(publicKey.export({ format: 'jwk' }) as JWK), kid, alg: 'RS256', use: 'sig' }] },
    pem,
    token: (claims) => sign(claims),
    async wrongTokens(claims) {
      const right = await sign(claims);
      const [head = '', , signature = ''] = right.split('.');
      return {
        expired: await sign({ ...claims, exp: now - HOUR_S }),
        'of no end': await sign({ ...claims, exp: undefined }),
        'not valid yet': await sign({ ...claims, nbf: now + HOUR_S }),
        'of another issuer': await sign({ ...claims, iss: 'https://elsewhere.test' }),
        'for another audience': await sign({ ...claims, aud: 'another-system' }),
        'of no subject': await sign({ ...claims, sub: undefined }),
        'of a subject that is no name': await sign({ ...claims, sub: 'a b' }),
        'signed by a stranger': await sign(claims, stranger.privateKey),
        'signed by a key that is not known': await sign(claims, stranger.privateKey, randomUUID()),
        'altered after it was signed': `${head}.${base64(full({ ...claims, sub: 'eve' }))}.${signature}`,
        'of alg none': forged('none', claims, () => ''),
        'of alg None, with a signature': forged('None', claims, () => signature),
        'signed with the public key as a secret (PEM)': forged('HS256', claims, hmac(pem)),
        'signed with the public key as a secret (JWK)': forged(
          'HS256',
          claims,
          hmac(JSON.stringify(publicKey.export({ format: 'jwk' }))),
        ),
        'no JWT': 'tok_ok',
        'half a JWT': right.slice(0, right.length / 2),
      };
    },
  };
}
