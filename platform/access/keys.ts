/**
 * The keys that tokens may be signed by: those in a file, those that an issuer publishes (a JSON Web Key Set at a URL), or both.
 * Only public keys are taken, so that nobody can sign by what is here.
 *
 * A file is read again when it changes. A URL is asked again every five minutes, and at once for a key that is not known, at most
 * every 30 s; where it does not answer, what it told before goes on to hold.
 */
import { createHash, createPublicKey } from 'node:crypto';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type JSONWebKeySet,
  type JWK,
  type JWTVerifyGetKey,
} from 'jose';
import { followFile } from '../fileContent.ts';
import type { Logger } from '../logging.ts';
import type { Watched } from '../tls/watchedFiles.ts';

export interface KeySources {
  readonly url?: string | undefined;
  readonly file?: string | undefined;
  /** The setting that names the file. */
  readonly fileVariable: string;
  readonly logger: Logger;
  /** How long after it was asked a URL is not asked again for a key that is not known. */
  readonly cooldownMs?: number;
}

export interface Keys {
  readonly get: JWTVerifyGetKey;
  stop(): void;
}

const REFRESH_MS = 300_000;
const FETCH_TIMEOUT_MS = 5_000;
const COOLDOWN_MS = 30_000;

/** Throws ConfigError for a file that cannot be used. */
export function openKeys({ url, file, fileVariable, logger, cooldownMs = COOLDOWN_MS }: KeySources): Keys {
  const local =
    file === undefined
      ? undefined
      : followFile({ variable: fileVariable, path: file, parse: parseKeys, logger });
  const remote = url === undefined ? undefined : followUrl(url, cooldownMs, logger);
  return {
    async get(header, token) {
      if (local) {
        const found = await keyIn(local, header, token);
        if (found) return found;
      }
      if (remote) return remote.get(header, token);
      throw new errors.JWKSNoMatchingKey();
    },
    stop() {
      local?.close();
      remote?.stop();
    },
  };
}

async function keyIn(file: Watched<JWTVerifyGetKey>, ...asked: Parameters<JWTVerifyGetKey>) {
  try {
    return await file.current()(...asked);
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) return undefined;
    throw error;
  }
}

function followUrl(url: string, cooldownMs: number, logger: Logger): Keys {
  const get = createRemoteJWKSet(new URL(url), {
    cacheMaxAge: Number.POSITIVE_INFINITY,
    cooldownDuration: cooldownMs,
    timeoutDuration: FETCH_TIMEOUT_MS,
  });
  const refresh = () =>
    get
      .reload()
      .catch((error: unknown) => logger.warn({ err: error, url }, 'the keys of the issuer cannot be had'));
  void refresh();
  const timer = setInterval(() => void refresh(), REFRESH_MS).unref();
  return { get, stop: () => clearInterval(timer) };
}

/** A JSON Web Key Set, one JSON Web Key, or a public key or certificate in PEM. */
function parseKeys(text: string): JWTVerifyGetKey {
  const keys = text.trimStart().startsWith('{') ? keysInJson(text) : [keyInPem(text)];
  if (keys.length === 0) throw new Error('it has no keys');
  for (const key of keys) refuseUnlessPublic(key);
  return createLocalJWKSet({ keys: keys.map((key) => ({ ...key, kid: key.kid ?? thumbprintOf(key) })) });
}

const MEMBERS: Readonly<Record<string, readonly (keyof JWK)[]>> = {
  RSA: ['e', 'kty', 'n'],
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
};

/** The id of a key that has none (RFC 7638). */
export function thumbprintOf(key: JWK): string {
  const members = MEMBERS[key.kty ?? ''] ?? [];
  const canonical = JSON.stringify(Object.fromEntries(members.map((name) => [name, key[name]])));
  return createHash('sha256').update(canonical).digest('base64url');
}

function keysInJson(text: string): readonly JWK[] {
  let json: Partial<JSONWebKeySet> & JWK;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error('it is not JSON');
  }
  return Array.isArray(json.keys) ? json.keys : [json];
}

function keyInPem(text: string): JWK {
  if (/PRIVATE KEY/.test(text)) throw new Error('it is a private key: give the public one');
  try {
    return createPublicKey(text).export({ format: 'jwk' }) as JWK;
  } catch {
    throw new Error('it is neither a JSON Web Key Set nor a public key in PEM');
  }
}

function refuseUnlessPublic({ kty, d }: JWK): void {
  if (kty === undefined || !(kty in MEMBERS)) {
    throw new Error('it has a key that is none of RSA, EC and OKP: secrets are not shared for tokens');
  }
  if (d !== undefined) throw new Error('it has a private key: give the public one');
}
