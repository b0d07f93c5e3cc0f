/**
 * Idempotency records: the answer that a command got, written in the command's own transaction, and given again, byte for
 * byte, to whoever repeats the request. Business refusals are remembered; what a repeat may mend (UNAVAILABLE) is not.
 *
 * Events carry the mark of the request that caused them, into the log too. So a database that lost records and got its
 * events back from the log (recovery/) still knows what was done; the answer is then made again from the state as it is.
 */
import { hash } from 'node:crypto';
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

/** Done, and its answer is lost. */
export const ANSWER_LOST = Symbol('answer lost');

/**
 * A request as events carry it: `<key>.<fingerprint>`, both in base64url, the key being the SHA-256 of request id, method
 * and caller. Tells nobody who called, and never changes: it stands in the log.
 */
export function requestMark({ caller, method, requestId, fingerprint }: RequestKey): string {
  const key = hash('sha256', `${requestId}\n${method}\n${caller}`, 'base64url');
  return `${key}.${Buffer.from(fingerprint).toString('base64url')}`;
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

/** What is known of a request that came before. */
export type KnownAnswer = Answer | OrderlogError | typeof ANSWER_LOST;

/** What was answered to these requests, by requestName; a reused id maps to the error that its caller gets. */
export async function readAnswers(
  tx: Tx,
  keys: readonly RequestKey[],
): Promise<ReadonlyMap<string, KnownAnswer>> {
  const answers = new Map<string, KnownAnswer>();
  if (keys.length === 0) return answers;
  const { rows } = await sql<AnswerRow>`
    select k.index, r.fingerprint, r.code, r.response, l.fingerprint as lost_fingerprint
    from unnest(
      ${keys.map((key) => key.caller)}::text[],
      ${keys.map((key) => key.method)}::text[],
      ${keys.map((key) => key.requestId)}::uuid[],
      ${keys.map((key) => splitMark(requestMark(key)).key)}::text[])
      with ordinality as k(caller, method, request_id, request_key, index)
    left join requests r using (caller, method, request_id)
    left join recovered_requests l using (request_key)
    where r.code is not null or l.request_key is not null`.execute(tx);
  for (const row of rows) {
    const key = keys[Number(row.index) - 1];
    if (key) answers.set(requestName(key), knownAnswer(row, key));
  }
  return answers;
}

interface AnswerRow {
  readonly index: bigint;
  readonly fingerprint: Buffer | null;
  readonly code: number;
  readonly response: Buffer;
  readonly lost_fingerprint: string | null;
}

function knownAnswer(
  { fingerprint, code, response, lost_fingerprint }: AnswerRow,
  key: RequestKey,
): KnownAnswer {
  if (fingerprint)
    return sameFingerprint(fingerprint, key.fingerprint) ? { code, response } : requestIdReused();
  return lost_fingerprint === splitMark(requestMark(key)).fingerprint ? ANSWER_LOST : requestIdReused();
}

const splitMark = (mark: string) => {
  const [key = '', fingerprint = ''] = mark.split('.');
  return { key, fingerprint };
};

/** Remembers, of requests whose answers are lost, that they were done. */
export async function insertRecoveredRequests(tx: Tx, marks: readonly string[]): Promise<void> {
  if (marks.length === 0) return;
  const requests = marks.map(splitMark);
  await sql`
    insert into recovered_requests (request_key, fingerprint)
    select * from unnest(
      ${requests.map(({ key }) => key)}::text[],
      ${requests.map(({ fingerprint }) => fingerprint)}::text[])
    on conflict do nothing`.execute(tx);
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
