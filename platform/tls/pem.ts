/** What is wrong with certificates and keys in PEM, said before a handshake fails of it. */
import { createPrivateKey, X509Certificate } from 'node:crypto';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** All of a file, in its order. Throws if there is none, or one that cannot be read. */
export function certificatesIn(pem: Buffer, file: string): readonly X509Certificate[] {
  const texts = pem.toString('latin1').match(CERTIFICATE) ?? [];
  if (texts.length === 0) throw new Error(`${file} holds no certificate: expected PEM (BEGIN CERTIFICATE)`);
  try {
    return texts.map((text) => new X509Certificate(text));
  } catch (error) {
    throw new Error(`${file} holds a certificate that cannot be read: ${(error as Error).message}`);
  }
}

/** Throws unless the first certificate of the one file is valid now, and the other file holds its key. */
export function assertPair(
  cert: { readonly pem: Buffer; readonly file: string },
  key: { readonly pem: Buffer; readonly file: string },
  now: Date,
): void {
  const [own] = certificatesIn(cert.pem, cert.file);
  assertValid(own as X509Certificate, cert.file, now);
  let privateKey: ReturnType<typeof createPrivateKey>;
  try {
    privateKey = createPrivateKey(key.pem);
  } catch {
    throw new Error(`${key.file} holds no private key that can be read: expected PEM, not encrypted`);
  }
  if (!own?.checkPrivateKey(privateKey)) throw new Error(`${key.file} is not the key of ${cert.file}`);
}

/** Throws unless each is valid now. */
export function assertAuthorities(ca: { readonly pem: Buffer; readonly file: string }, now: Date): void {
  for (const each of certificatesIn(ca.pem, ca.file)) assertValid(each, ca.file, now);
}

function assertValid({ validFromDate, validToDate }: X509Certificate, file: string, now: Date): void {
  if (now > validToDate) throw new Error(`${file} expired on ${validToDate.toISOString()}`);
  if (now < validFromDate) throw new Error(`${file} is valid from ${validFromDate.toISOString()} on only`);
}
