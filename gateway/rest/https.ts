/** HTTPS: with a certificate that is renewed while the server runs. */
import type { Server as HttpServer, RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import { type Config, ConfigError } from '../../platform/config.ts';
import { httpBounds } from '../../platform/http.ts';
import type { Logger } from '../../platform/logging.ts';
import { type Identity, openIdentity } from '../../platform/tls/certificates.ts';
import type { Watched } from '../../platform/tls/watchedFiles.ts';
import type { gatewayConfig } from '../config.ts';

/** undefined: HTTP is in the clear. Throws ConfigError if it is set by half, or with files that cannot be used. */
export function httpsIdentity(
  config: Pick<Config<typeof gatewayConfig>, 'ORDERLOG_HTTP_CERT_FILE' | 'ORDERLOG_HTTP_KEY_FILE'>,
  logger: Logger,
): Watched<Identity> | undefined {
  const { ORDERLOG_HTTP_CERT_FILE: cert, ORDERLOG_HTTP_KEY_FILE: key } = config;
  if (cert !== undefined && key !== undefined) {
    return openIdentity('ORDERLOG_HTTP_CERT_FILE or ORDERLOG_HTTP_KEY_FILE', { cert, key }, logger);
  }
  if (cert === key) return undefined;
  const missing = cert === undefined ? 'ORDERLOG_HTTP_CERT_FILE' : 'ORDERLOG_HTTP_KEY_FILE';
  throw new ConfigError([`${missing} is not set: HTTPS takes a certificate and its key`]);
}

/** For fastify, which leaves the bounds of a server to whoever makes it. */
export const httpsServerFactory =
  (identity: Watched<Identity>) =>
  (handler: RequestListener): HttpServer => {
    const server: Server = createServer({ ...httpBounds, ...identity.current() }, handler);
    server.on(
      'close',
      identity.onChange((renewed) => server.setSecureContext(renewed)),
    );
    return server as unknown as HttpServer;
  };
