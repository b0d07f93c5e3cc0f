/**
 * What gRPC connections are made with: TLS in which both sides show a certificate, where the process has one, else nothing.
 *
 * grpc-js takes certificates from a provider, and asks it again for each connection. Its own provider, which watches files,
 * drops what it has in the moment in which a file is missing or half written; this one passes on what was judged to be good.
 */
import type { TLSSocket } from 'node:tls';
import {
  type ChannelCredentials,
  credentials,
  experimental,
  type Server,
  ServerCredentials,
} from '@grpc/grpc-js';
import type { Logger } from 'pino';
import type { Certificates, Material } from '../tls/certificates.ts';
import { http2ServersOf } from './http2Servers.ts';

export interface ServerTls {
  readonly certificates: Certificates;
  /** Who shows no certificate is refused. */
  readonly requiresClientCertificate: boolean;
}

/** Of a service that services call. */
export const mutual = (certificates: Certificates | undefined): ServerTls | undefined =>
  certificates && { certificates, requiresClientCertificate: true };

/** Of one that people call too, who show a token and no certificate. */
export const serverTlsForPeople = (certificates: Certificates | undefined): ServerTls | undefined =>
  certificates && { certificates, requiresClientCertificate: false };

export const clientCredentials = (certificates: Certificates | undefined): ChannelCredentials => {
  if (!certificates) return credentials.createInsecure();
  const provider = providerOf(certificates);
  return experimental.createCertificateProviderChannelCredentials(provider, provider);
};

export const serverCredentials = (tls: ServerTls | undefined): ServerCredentials => {
  if (!tls) return ServerCredentials.createInsecure();
  const provider = providerOf(tls.certificates);
  return experimental.createCertificateProviderServerCredentials(
    provider,
    provider,
    tls.requiresClientCertificate,
  );
};

type Provider = experimental.CertificateProvider;

/** Listeners are told later, and not while they are added: grpc-js is not ready for it before. */
function providerOf(certificates: Certificates): Provider {
  const stops = new Map<unknown, () => void>();
  const add = <T>(listener: (update: T) => void, of: (material: Material) => T) => {
    stops.set(
      listener,
      certificates.onChange((material) => listener(of(material))),
    );
    process.nextTick(() => listener(of(certificates.current())));
  };
  const remove = (listener: unknown) => {
    stops.get(listener)?.();
    stops.delete(listener);
  };
  return {
    addCaCertificateListener: (listener) => add(listener, ({ ca: caCertificate }) => ({ caCertificate })),
    removeCaCertificateListener: remove,
    addIdentityCertificateListener: (listener) =>
      add(listener, ({ cert: certificate, key: privateKey }) => ({ certificate, privateKey })),
    removeIdentityCertificateListener: remove,
  };
}

/** A flood of refusals is told once in this time. */
const TELL_EVERY_MS = 1_000;

/**
 * Logs why connections were refused before they became calls. grpc-js says it to nobody: its own sockets are listened to.
 * Call it once the server is bound.
 */
export function logRefusedHandshakes(server: Server, logger: Logger): void {
  let toldAtMs = Number.NEGATIVE_INFINITY;
  let untold = 0;
  for (const each of http2ServersOf(server).keys()) {
    each.on('tlsClientError', (error: Error & { readonly reason?: string }, socket: TLSSocket) => {
      untold += 1;
      if (performance.now() - toldAtMs < TELL_EVERY_MS) return;
      const reason = String(socket.authorizationError ?? error.reason ?? error.message);
      logger.warn(
        { peer: socket.remoteAddress, reason, refused: untold },
        'a connection was refused: TLS failed',
      );
      toldAtMs = performance.now();
      untold = 0;
    });
  }
}
