/**
 * Elasticsearch: one client a process, and failures sorted by what may be done about them.
 *
 * The client retries nothing by itself: who may repeat what is decided where it is known. It checks each answer for
 * Elasticsearch's product header, which the smaller distributions send as well.
 */
import { Client, errors } from '@elastic/elasticsearch';

export type Elasticsearch = Client;

export interface ElasticsearchOptions {
  readonly url: string;
  /** Of one request, unless the call says otherwise. */
  readonly requestTimeoutMs: number;
}

/** No connection is made before the first request. */
export const openElasticsearch = ({ url, requestTimeoutMs }: ElasticsearchOptions): Elasticsearch =>
  new Client({ node: url, requestTimeout: requestTimeoutMs, maxRetries: 0, enableMetaHeader: false });

/** The HTTP status of an answer that was an error; undefined for any other failure. */
export const statusOf = (error: unknown): number | undefined =>
  error instanceof errors.ResponseError ? error.statusCode : undefined;

/** A write lost its compare-and-set. Elasticsearch may answer so although the write was applied: read before deciding. */
export const isConflict = (error: unknown): boolean => statusOf(error) === 409;

/** The alias or index of a request is not there. A document that is not there has no error. */
export const isIndexMissing = (error: unknown): boolean =>
  error instanceof errors.ResponseError && error.statusCode === 404 && error.body?.error !== undefined;

/** No answer came in the time that the request was given. */
export const isTimeout = (error: unknown): boolean => error instanceof errors.TimeoutError;

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
