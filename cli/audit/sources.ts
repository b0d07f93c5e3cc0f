/**
 * What an audit looks at: the three databases, the log, the read models and the provider's ledger. It only reads: read only
 * transactions, direct gets from the log, searches and gets.
 */
import { pino } from 'pino';
import { type Database, openDatabase } from '../../platform/database.ts';
import { type Elasticsearch, openElasticsearch } from '../../platform/elasticsearch/client.ts';
import { OrderlogError } from '../../platform/errors.ts';
import { connectLog, type LogConnection } from '../../platform/log/connection.ts';
import type { NatsTls } from '../../platform/log/natsServers.ts';
import type { StoreTls } from '../ownTls.ts';
import type { Service } from './snapshot.ts';

export interface Addresses {
  readonly databases: Readonly<Record<Service, string>>;
  readonly nats: string;
  /** Unset: the read model is not looked at. */
  readonly elasticsearch?: string;
  /** Unset: analytics are not looked at. */
  readonly analytics?: string;
  /** Unset: the provider's ledger is not looked at. */
  readonly provider?: string;
  /** For URLs of TLS. */
  readonly tls?: StoreTls;
}

export interface Sources {
  readonly databases: Readonly<Record<Service, Database>>;
  readonly log: LogConnection;
  readonly elasticsearch: Elasticsearch | undefined;
  readonly analytics: Database | undefined;
  readonly provider: string | undefined;
  close(): Promise<void>;
}

const CONNECT_WITHIN_MS = 10_000;
/** Of one statement or request: an audit reads page by page, and one page of a busy server may take a while. */
const STATEMENT_MS = 300_000;
const REQUEST_MS = 60_000;

/** Throws OrderlogError if the log cannot be reached; databases are reached when they are first read. */
export async function openSources(addresses: Addresses): Promise<Sources> {
  const { nats, elasticsearch, analytics, provider, tls } = addresses;
  const log = await connect(nats, tls?.nats);
  const open = (url: string) =>
    openDatabase({
      url,
      applicationName: 'orderlog audit',
      maxConnections: 2,
      statementTimeoutMs: STATEMENT_MS,
    });
  const { order, catalog, payment } = addresses.databases;
  const databases = { order: open(order), catalog: open(catalog), payment: open(payment) };
  const sums = analytics === undefined ? undefined : open(analytics);
  const es =
    elasticsearch === undefined
      ? undefined
      : openElasticsearch({ url: elasticsearch, ca: tls?.elasticsearch, requestTimeoutMs: REQUEST_MS });
  return {
    databases,
    log,
    elasticsearch: es,
    analytics: sums,
    provider,
    async close() {
      await Promise.all(Object.values(databases).map((db) => db.destroy()));
      await sums?.destroy();
      await es?.close();
      await log.close();
    },
  };
}

async function connect(url: string, tls: NatsTls = {}): Promise<LogConnection> {
  const logger = pino({ level: 'silent' });
  try {
    return await connectLog({
      url,
      tls,
      name: 'orderlog audit',
      logger,
      signal: AbortSignal.timeout(CONNECT_WITHIN_MS),
    });
  } catch (error) {
    const message = `NATS does not answer within ${CONNECT_WITHIN_MS / 1_000} s`;
    throw new OrderlogError('UNAVAILABLE', 'NOT_CONNECTED', message, { cause: error });
  }
}
