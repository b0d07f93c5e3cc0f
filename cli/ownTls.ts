/**
 * What the command line shows of itself over TLS, and by what it knows others: by the settings that the processes have too
 * (platform/tls/settings.ts). A database's CA stands in its URL. Never by arguments: one set for all commands, as the token is.
 */
import { pino } from 'pino';
import type { NatsTls } from '../platform/log/natsServers.ts';
import { type Certificates, elasticsearchAuthority, openCertificates } from '../platform/tls/certificates.ts';
import { elasticsearchTlsConfig, natsTlsConfig, natsTlsOf, tlsConfig } from '../platform/tls/settings.ts';
import type { Watched } from '../platform/tls/watchedFiles.ts';
import { mendable, settingsFrom } from './environment.ts';

export interface StoreTls {
  readonly nats: NatsTls;
  /** The CA of Elasticsearch. */
  readonly elasticsearch?: Watched<Buffer> | undefined;
}

const silent = pino({ level: 'silent' });

/** undefined: gRPC goes in the clear. Throws OrderlogError for settings by half, and files that cannot be used. */
export const ownCertificates = (env: NodeJS.ProcessEnv): Certificates | undefined =>
  mendable(() => openCertificates(settingsFrom(tlsConfig, env), silent));

/** Counts where a store's URL says TLS. Throws as ownCertificates does. */
export function storeTls(env: NodeJS.ProcessEnv): StoreTls {
  const config = settingsFrom({ ...tlsConfig, ...natsTlsConfig, ...elasticsearchTlsConfig }, env);
  // NATS's client reads the files itself, later, and would only say that it does not connect.
  ownCertificates(env)?.close();
  return {
    nats: natsTlsOf(config),
    elasticsearch: mendable(() => elasticsearchAuthority(config, silent)),
  };
}
