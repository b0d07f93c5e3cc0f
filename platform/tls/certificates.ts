/** A process's own certificate with its key, and the CA that its peers must have theirs from: read from files, and read anew. */
import type { Logger } from 'pino';
import { ConfigError } from '../config.ts';
import { assertAuthorities, assertPair } from './pem.ts';
import type { ElasticsearchTlsConfig, TlsConfig } from './settings.ts';
import { type Watched, watchFiles } from './watchedFiles.ts';

/** In PEM. */
export interface Identity {
  readonly cert: Buffer;
  readonly key: Buffer;
}

export interface Material extends Identity {
  readonly ca: Buffer;
}

export interface Files {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

export interface Certificates extends Watched<Material> {
  readonly files: Files;
}

/** undefined: no TLS is configured. Throws ConfigError if it is by half, or with files that cannot be used. */
export function openCertificates(
  config: TlsConfig,
  logger: Logger,
  refreshMs?: number,
): Certificates | undefined {
  const { ORDERLOG_TLS_CERT_FILE: cert, ORDERLOG_TLS_KEY_FILE: key, ORDERLOG_TLS_CA_FILE: ca } = config;
  const missing = Object.entries({
    ORDERLOG_TLS_CERT_FILE: cert,
    ORDERLOG_TLS_KEY_FILE: key,
    ORDERLOG_TLS_CA_FILE: ca,
  }).flatMap(([name, value]) => (value === undefined ? [name] : []));
  if (cert === undefined || key === undefined || ca === undefined) {
    if (missing.length === 3) return undefined;
    throw new ConfigError(
      missing.map((name) => `${name} is not set: TLS takes certificate, key and CA, all three`),
    );
  }
  const files = { cert, key, ca };
  const watched = watchedOrRefused('ORDERLOG_TLS_*_FILE', {
    what: 'the certificate of this process',
    files: [cert, key, ca],
    parse: ([certPem, keyPem, caPem]) => materialOf(files, certPem, keyPem, caPem),
    logger,
    ...(refreshMs !== undefined && { refreshMs }),
  });
  return { ...watched, files };
}

function materialOf(files: Files, cert = NONE, key = NONE, ca = NONE): Material {
  const now = new Date();
  assertPair({ pem: cert, file: files.cert }, { pem: key, file: files.key }, now);
  assertAuthorities({ pem: ca, file: files.ca }, now);
  return { cert, key, ca };
}

const NONE: Buffer = Buffer.alloc(0);

/** A certificate with its key that is shown to everybody. Throws ConfigError. */
export function openIdentity(
  variables: string,
  { cert, key }: Pick<Files, 'cert' | 'key'>,
  logger: Logger,
  refreshMs?: number,
): Watched<Identity> {
  return watchedOrRefused(variables, {
    what: 'the certificate of HTTP',
    files: [cert, key],
    parse: ([certPem = NONE, keyPem = NONE]) => {
      assertPair({ pem: certPem, file: cert }, { pem: keyPem, file: key }, new Date());
      return { cert: certPem, key: keyPem };
    },
    logger,
    ...(refreshMs !== undefined && { refreshMs }),
  });
}

/** The CA of Elasticsearch's certificate; undefined: one of those that the system knows. Throws ConfigError. */
export function elasticsearchAuthority(
  config: ElasticsearchTlsConfig,
  logger: Logger,
): Watched<Buffer> | undefined {
  const { ORDERLOG_ELASTICSEARCH_CA_FILE: own, ORDERLOG_TLS_CA_FILE: ofAll } = config;
  const ca = own ?? ofAll;
  if (ca === undefined) return undefined;
  return watchedOrRefused(own ? 'ORDERLOG_ELASTICSEARCH_CA_FILE' : 'ORDERLOG_TLS_CA_FILE', {
    what: 'the CA of Elasticsearch',
    files: [ca],
    parse: ([pem = NONE]) => {
      assertAuthorities({ pem, file: ca }, new Date());
      return pem;
    },
    logger,
  });
}

function watchedOrRefused<T>(variables: string, options: Parameters<typeof watchFiles<T>>[0]): Watched<T> {
  try {
    return watchFiles(options);
  } catch (error) {
    throw new ConfigError([`${variables} is wrong: ${(error as Error).message}`]);
  }
}
