/**
 * As whom the command line calls: over TLS with the certificate of ORDERLOG_TLS_* (ownTls.ts), and by the token in ORDERLOG_TOKEN, or what
 * stands in ORDERLOG_TOKEN_FILE (read for each call, so that a renewed one is used). Never an argument: others on the machine could read it.
 */
import { readFileSync } from 'node:fs';
import { decodeJwt } from 'jose';
import { OrderlogError } from '../../platform/errors.ts';
import type { ClientOptions } from '../../platform/grpc/client.ts';
import { ownCertificates } from '../ownTls.ts';

/** Of whom nothing is asked but a certificate. */
export const asAnybody: ClientOptions = {
  get certificates() {
    return ownCertificates(process.env);
  },
};

export const asCaller: ClientOptions = {
  token: () => ownToken(process.env),
  get certificates() {
    return ownCertificates(process.env);
  },
};

/** undefined: there is none, which is right where none is asked for. Throws OrderlogError for a file that cannot be read. */
export function ownToken(env: NodeJS.ProcessEnv): string | undefined {
  if (env.ORDERLOG_TOKEN) return env.ORDERLOG_TOKEN.trim();
  const file = env.ORDERLOG_TOKEN_FILE;
  if (!file) return undefined;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    const message = `ORDERLOG_TOKEN_FILE is ${file}, which cannot be read: ${(error as Error).message}`;
    throw new OrderlogError('INVALID_ARGUMENT', 'TOKEN_FILE_UNREADABLE', message);
  }
}

/** Whose that token is, by its own word; undefined: there is none. Throws OrderlogError for one that does not say it. */
export function ownSubject(env: NodeJS.ProcessEnv): string | undefined {
  const token = ownToken(env);
  if (token === undefined) return undefined;
  const subject = subjectOf(token);
  if (typeof subject === 'string' && subject !== '') return subject;
  const message = 'the token in ORDERLOG_TOKEN, or its file, is no JWT that says whose it is (sub)';
  throw new OrderlogError('INVALID_ARGUMENT', 'TOKEN_WITHOUT_SUBJECT', message);
}

function subjectOf(token: string): unknown {
  try {
    return decodeJwt(token).sub;
  } catch {
    return undefined;
  }
}
