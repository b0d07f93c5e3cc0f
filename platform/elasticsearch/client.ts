/**
 * Elasticsearch: one client a process, and failures sorted by what may be done about them.
 *
 * The client retries nothing by itself: who may repeat what is decided where it is known. It checks each answer for
 * Elasticsearch's product header, which the smaller distributions send as well.
 */
import { Agent, type AgentOptions } from 'node:https';
import { Client, errors, HttpConnection } from '@elastic/elasticsearch';
import type { Watched } from '../tls/watchedFiles.ts';

export type Elasticsearch = Client;

export interface ElasticsearchOptions {
  /** With a user, where it has users. */
  readonly url: string;
  /** Of its certificate, for an https:// URL; unset: one of those that the system knows. */
  readonly ca?: Watched<Buffer> | undefined;
  /** Of one request, unless the call says otherwise. */
  readonly requestTimeoutMs: number;
}

/** No connection is made before the first request. */
export const openElasticsearch = ({ url, ca, requestTimeoutMs }: ElasticsearchOptions): Elasticsearch =>
  new Client({
    node: url,
    requestTimeout: requestTimeoutMs,
    maxRetries: 0,
    enableMetaHeader: false,
    ...(ca && new URL(url).protocol === 'https:' && { Connection: HttpConnection, agent: () => agentOf(ca) }),
  });

const MAX_SOCKETS = 256;

/** Each new connection is made with the CA that there is then; the client's own connections keep the first. */
function agentOf(ca: Watched<Buffer>): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS, scheduling: 'lifo' });
  const createConnection = agent.createConnection.bind(agent);
  return Object.assign(agent, {
    createConnection: (options: AgentOptions, done: Parameters<typeof createConnection>[1]) =>
      createConnection({ ...options, ca: ca.current() }, done),
  });
}

/** The HTTP status of an answer that was an error; undefined for any other failure. */
export const statusOf = (error: unknown): number | undefined =>
  error instanceof errors.ResponseError ? error.statusCode : undefined;

/** A write lost its compare-and-set. Elasticsearch may answer so although the write was applied: read before deciding. */
export const isConflict = (error: unknown): boolean => statusOf(error) === 409;

/** Of an error's `type`: its user is unknown, or may not do that. */
export const SECURITY_EXCEPTION = 'security_exception';

/** Of an error's `type`: writes to the index are blocked. With status 403 by somebody, with 429 since the disk is full. */
export const BLOCK_EXCEPTION = 'cluster_block_exception';

const typeOf = (error: unknown): unknown =>
  error instanceof errors.ResponseError ? error.body?.error?.type : undefined;

/** No matter of time: somebody has to give the user that right, or give another user. */
export const isForbidden = (error: unknown): boolean => typeOf(error) === SECURITY_EXCEPTION;

/** Somebody keeps the index from being written. */
export const isWriteBlocked = (error: unknown): boolean =>
  statusOf(error) === 403 && typeOf(error) === BLOCK_EXCEPTION;

/** The alias or index of a request is not there. A document that is not there has no error. */
export const isIndexMissing = (error: unknown): boolean =>
  error instanceof errors.ResponseError && error.statusCode === 404 && error.body?.error !== undefined;

/** No answer came in the time that the request was given. */
export const isTimeout = (error: unknown): boolean => error instanceof errors.TimeoutError;

/** The request was given up by whoever made it; some connections say so by a ConnectionError instead. */
export const isRequestAborted = (error: unknown): boolean => error instanceof errors.RequestAbortedError;

/** Whether the same may succeed later: out of resources, blocked (flood stage), not recovered, or not allowed yet. */
const isTransientStatus = (status: number): boolean =>
  status === 401 || status === 403 || status === 408 || status === 429 || status >= 500;

/** Elasticsearch cannot be reached or cannot work now, whatever the request. */
export function isElasticsearchDown(error: unknown): boolean {
  if (error instanceof errors.ResponseError) return isTransientStatus(error.statusCode ?? 0);
  return (
    error instanceof errors.ConnectionError ||
    error instanceof errors.TimeoutError ||
    error instanceof errors.NoLivingConnectionsError ||
    error instanceof errors.ProductNotSupportedError ||
    error instanceof errors.DeserializationError
  );
}
