/** The JetStream API, raw where the client's types lose something: its `created` keeps no nanoseconds. */
import type { LogConnection } from './connection.ts';

const API_TIMEOUT_MS = 5_000;

/** The server answered with an error. */
export class ApiError extends Error {
  /** The server's err_code, which is stable. */
  readonly code: number;

  constructor(code: number, description: string) {
    super(`${description} (${code})`);
    this.name = 'ApiError';
    this.code = code;
  }
}

export const STREAM_NOT_FOUND = 10059;

/** Calls `$JS.API.<call>`. Throws ApiError, and what LogConnection.request throws. */
export async function callApi<T>(connection: LogConnection, call: string, body: unknown): Promise<T> {
  const answer = await connection.request(`$JS.API.${call}`, JSON.stringify(body), {
    timeoutMs: API_TIMEOUT_MS,
  });
  const reply = answer.json<T & { error?: { err_code?: number; description?: string } }>();
  throwIfError(reply.error);
  return reply;
}

export function throwIfError(error: { err_code?: number; description?: string } | undefined): void {
  if (error) throw new ApiError(error.err_code ?? 0, error.description ?? 'unknown error');
}
