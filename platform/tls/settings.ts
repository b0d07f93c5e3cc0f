/**
 * The settings of TLS, the same in every process.
 *
 * One certificate says who a process is, to whomever it calls and to whoever calls it; one CA says who may be that at all. What
 * is not ours (NATS, Elasticsearch) may have a CA of its own, which then counts for nothing else; a database's stands in its URL.
 */
import { type Config, file } from '../config.ts';
import type { NatsTls } from '../log/natsServers.ts';

export const tlsConfig = {
  ORDERLOG_TLS_CERT_FILE: file('the certificate of this process, with what leads from it to the CA, in PEM')
    .optional()
    .describe(
      'Says who this process is: to those who call it over gRPC, to the services that it calls, and to NATS. With its key and a CA gRPC is TLS, and both sides show a certificate. Read again when it changes.',
    ),
  ORDERLOG_TLS_KEY_FILE: file('the key of that certificate, in PEM, not encrypted')
    .optional()
    .describe("The certificate's key."),
  ORDERLOG_TLS_CA_FILE: file('one or more certificates in PEM')
    .optional()
    .describe('Who signs the certificates of all services: who shows none of theirs is refused.'),
};

export const natsTlsConfig = {
  ORDERLOG_NATS_CA_FILE: file('one or more certificates in PEM')
    .optional()
    .describe('Who signs the certificates of NATS, if not ORDERLOG_TLS_CA_FILE; for a tls:// URL.'),
};

export const elasticsearchTlsConfig = {
  ORDERLOG_ELASTICSEARCH_CA_FILE: file('one or more certificates in PEM')
    .optional()
    .describe(
      'Who signs the certificate of Elasticsearch, if not ORDERLOG_TLS_CA_FILE; for an https:// URL.',
    ),
};

export type TlsConfig = Config<typeof tlsConfig>;
export type ElasticsearchTlsConfig = Config<typeof elasticsearchTlsConfig> &
  Pick<TlsConfig, 'ORDERLOG_TLS_CA_FILE'>;

/** What NATS is shown, and by which CA it is known: files of the process. */
export const natsTlsOf = (config: TlsConfig & Config<typeof natsTlsConfig>): NatsTls => {
  const { ORDERLOG_TLS_CERT_FILE: certFile, ORDERLOG_TLS_KEY_FILE: keyFile } = config;
  const caFile = config.ORDERLOG_NATS_CA_FILE ?? config.ORDERLOG_TLS_CA_FILE;
  return { ...(caFile && { caFile }), ...(certFile && { certFile }), ...(keyFile && { keyFile }) };
};
