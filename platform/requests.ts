/**
 * Idempotency records: the answer that a command got, written in the command's own transaction, and given again, byte for
 * byte, to whoever repeats the request. Business refusals are remembered; what a repeat may mend (UNAVAILABLE) is not.
 */
import { sql } from 'kysely';
import type { Tx } from './database.ts';
import { OrderlogError } from './errors.ts';

/** Who asked for what, and what exactly. */
export interface RequestKey {
  readonly caller: string;
  /** The rpc's full name. */
  readonly method: string;
  /** A lower-case UUID. */
  readonly requestId: string;
  /** SHA-256 of the request's deterministic bytes. */
  readonly fingerprint: Uint8Array;
}

/** code 0: `response` is the answer's bytes; else it is a google.rpc.Status. */
export interface Answer {
  readonly code: number;
  readonly response: Uint8Array;
}

/** Names a request within one service. */
export const requestName = (key: RequestKey): string => `${key.method} ${key.requestId} ${key.caller}`;

/** The same id came with another body. */
export const requestIdReused = (): OrderlogError =>
  new OrderlogError(
    'INVALID_ARGUMENT',
    'REQUEST_ID_REUSED',
    'request_id was used before with another request: choose a new one for a new request',
    { violations: [{ field: 'request_id', description: 'was used before with another request' }] },
  );

export const sameFingerprint = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** What was answered to these requests, by requestName; a reused id maps to the error that its caller gets. */
export async function readAnswers(
  tx: Tx,
  keys: readonly RequestKey[],
): Promise<ReadonlyMap<string, Answer | OrderlogError>> {
  const answers = new Map<string, Answer | OrderlogError>();
  if (keys.length === 0) return answers;
  const { rows } = await sql<{ index: bigint; fingerprint: Buffer; code: number; response: Buffer }>`
    select k.index, r.fingerprint, r.code, r.response
    from unnest(
      ${keys.map((key) => key.caller)}::text[],
      ${keys.map((key) => key.method)}::text[],
      ${keys.map((key) => key.requestId)}::uuid[]) with ordinality as k(caller, method, request_id, index)
    join requests r using (caller, method, request_id)`.execute(tx);
  for (const row of rows) {
    const key = keys[Number(row.index) - 1];
    if (!key) continue;
    const answer = sameFingerprint(row.fingerprint, key.fingerprint) ? row : requestIdReused();
    answers.set(requestName(key), answer);
  }
  return answers;
}

/** Remembers answers. Throws a unique violation if another transaction answered one of them first. */
export async function insertAnswers(
  tx: Tx,
  answers: readonly { readonly key: RequestKey; readonly answer: Answer; readonly time: Date }[],
): Promise<void> {
  if (answers.length === 0) return;
  await sql`
    insert into requests (caller, method, request_id, fingerprint, code, response, time)
    select * from unnest(
      ${answers.map(({ key }) => key.caller)}::text[],
      ${answers.map(({ key }) => key.method)}::text[],
      ${answers.map(({ key }) => key.requestId)}::uuid[],
      ${answers.map(({ key }) => key.fingerprint)}::bytea[],
      ${answers.map(({ answer }) => answer.code)}::smallint[],
      ${answers.map(({ answer }) => answer.response)}::bytea[],
      ${answers.map(({ time }) => time)}::timestamptz[])`.execute(tx);
}
