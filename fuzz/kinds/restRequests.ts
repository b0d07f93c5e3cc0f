/**
 * Every route of the OpenAPI document that the gateway serves. Whatever is sent (restInputs.ts), the answer is one that the document
 * has, and a refusal is a problem that names what is wrong.
 */
import { Agent } from 'node:http';
import { type AnyKind, kind, type Seen } from '../kind.ts';
import { type Answer, send } from './restClient.ts';
import { type OpenApi, type RestInput, restInputs } from './restInputs.ts';

const HEAD_WITH_BODY = 'Parse Error: Data after `Connection: close`';
const MAX_SHOWN_CHARS = 2_000;
/** Answers to what no route is asked by: HTTP's own. */
const OF_HTTP = [400, 404, 405, 408, 413, 414, 415, 431];
/** What is wrong with all of a request has no field. */
const OF_THE_WHOLE = [
  'MALFORMED_JSON',
  'MALFORMED_REQUEST',
  'UNREADABLE_REQUEST',
  'BODY_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
];

export function restRequests(address: string, document: OpenApi): AnyKind {
  const agent = new Agent({ keepAlive: true });
  return kind<RestInput>({
    name: 'REST requests',
    inputs: restInputs(document),
    describe: ({ method, path, headers, body }) =>
      `${method} ${path} ${JSON.stringify(headers)} ${body?.slice(0, MAX_SHOWN_CHARS) ?? ''}`,
    attempt: (input) => attempt(address, agent, input),
    close: () => agent.destroy(),
  });
}

async function attempt(address: string, agent: Agent, input: RestInput): Promise<Seen> {
  const answer = await send(address, agent, input);
  // Whose headers are too large is answered before it is known that he wants no body.
  if (input.method === 'HEAD' && answer === HEAD_WITH_BODY) return { outcome: '431', wrong: undefined };
  if (isCutOff(input, answer)) return { outcome: 'cut off', wrong: undefined };
  return typeof answer === 'string'
    ? { outcome: answer, wrong: `no answer: ${answer}` }
    : { outcome: String(answer.status), wrong: wrongWith(input, answer) };
}

/** More than buffers on the way hold: a refusal that does not read it may end the connection before it is heard. */
const LARGE_BYTES = 50_000;

const isCutOff = ({ body = '' }: RestInput, answer: Answer | string): boolean =>
  typeof answer === 'string' && /EPIPE|ECONNRESET/.test(answer) && Buffer.byteLength(body) > LARGE_BYTES;

/** What is wrong with an answer; undefined: nothing. */
export function wrongWith(
  { method, documented }: Pick<RestInput, 'method' | 'documented'>,
  { status, contentType, text }: Answer,
): string | undefined {
  if (!documented.includes(String(status)) && !OF_HTTP.includes(status)) {
    return `${status}, which is documented nowhere: ${text.slice(0, 500)}`;
  }
  if (status >= 500 && status !== 503 && status !== 504) return `${status}: ${text.slice(0, 500)}`;
  if (status < 400 || method === 'HEAD') return undefined;
  if (status === 503 && contentType.startsWith('application/json')) return undefined;
  if (!contentType.startsWith('application/problem+json'))
    return `${status} that is no problem, but ${contentType}`;
  const problem = JSON.parse(text) as Partial<{
    status: number;
    reason: string;
    detail: string;
    violations: { field: string }[];
  }>;
  if (problem.status !== status || !problem.reason || !problem.detail)
    return `${status} with half a problem: ${text}`;
  if (status !== 400 || OF_THE_WHOLE.includes(problem.reason)) return undefined;
  const named = problem.violations ?? [];
  return named.length > 0 ? undefined : `400 that names no field: ${text}`;
}
