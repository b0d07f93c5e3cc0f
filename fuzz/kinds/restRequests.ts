/**
 * Every route of the OpenAPI document that the gateway serves, with parameters, headers and bodies that are right, nearly right or
 * nothing of the kind. Whatever is sent, the answer is one that the document has, and a refusal is a problem that names what is
 * wrong.
 */
import { Agent, request } from 'node:http';
import fc from 'fast-check';
import { bodies, type Json } from '../json.ts';
import { type AnyKind, kind, type Seen } from '../kind.ts';
import { texts } from '../texts.ts';

/** Of the document, what is used here. */
export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}
interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly example?: Json }>> };
  readonly responses: Readonly<Record<string, unknown>>;
}
interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema?: { readonly type?: string; readonly enum?: readonly unknown[] };
  readonly example?: unknown;
}

interface Input {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** Of the route that is meant. */
  readonly documented: readonly string[];
}

const ANSWER_WITHIN_MS = 30_000;
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
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];
const TYPES = [
  'text/plain',
  'application/xml',
  'application/json; charset=latin1',
  'multipart/form-data',
  'application/',
  '',
];

export function restRequests(address: string, document: OpenApi): AnyKind {
  const agent = new Agent({ keepAlive: true });
  const inputs = fc.oneof(
    ...Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, operation]) =>
        requestsTo(path, method.toUpperCase(), operation, operations),
      ),
    ),
  );
  return kind<Input>({
    name: 'REST requests',
    inputs,
    describe: ({ method, path, headers, body }) =>
      `${method} ${path} ${JSON.stringify(headers)} ${body?.slice(0, MAX_SHOWN_CHARS) ?? ''}`,
    attempt: (input) => attempt(address, agent, input),
    close: () => agent.destroy(),
  });
}

function requestsTo(
  path: string,
  method: string,
  operation: Operation,
  all: Readonly<Record<string, Operation>>,
): fc.Arbitrary<Input> {
  const documentedFor = (asked: string) => {
    const { responses = {} } = all[(asked === 'HEAD' ? 'GET' : asked).toLowerCase()] ?? {};
    return Object.keys(responses);
  };
  const { parameters = [], requestBody } = operation;
  const given = parameters.map((parameter) =>
    parameterValue(parameter).map((value) => ({ parameter, value })),
  );
  const json = requestBody?.content['application/json'];
  return fc
    .record({
      method: mostly(method, fc.constantFrom(...METHODS)),
      given: fc.tuple(...given),
      more: fc.oneof(
        { weight: 5, arbitrary: fc.constant([]) },
        fc.array(fc.tuple(texts, texts), { maxLength: 3 }),
      ),
      type: mostly('application/json', fc.constantFrom(...TYPES)),
      body: json ? bodies(json.example ?? {}) : mostly<string | undefined>(undefined, bodies({})),
    })
    .map(({ more, type, body, given: values, ...rest }) => {
      const of = (where: Parameter['in']) =>
        values.flatMap(({ parameter, value }): [string, string][] =>
          parameter.in === where && value !== undefined ? [[parameter.name, value]] : [],
        );
      const filled = of('path').reduce(
        (text, [name, value]) => text.replace(`{${name}}`, () => encodeURIComponent(value)),
        path,
      );
      const query = [...of('query'), ...more].map((pair) => pair.map(encodeURIComponent).join('=')).join('&');
      return {
        method: rest.method,
        path: filled + (query === '' ? '' : `?${query}`),
        headers: {
          ...Object.fromEntries(of('header').map(asHeader)),
          ...(body !== undefined && { 'content-type': type }),
        },
        body,
        documented: documentedFor(rest.method),
      };
    });
}

const mostly = <T>(usual: T, other: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 8, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other });

/** A header's value has neither breaks nor what is not latin-1. */
const asHeader = ([name, value]: [string, string]): [string, string] => [
  name,
  value.replace(/[^\t\x20-\x7e\x80-\xff]/g, '').slice(0, 1_000),
];

function parameterValue({
  example,
  required = false,
  schema = {},
}: Parameter): fc.Arbitrary<string | undefined> {
  const right = example ?? schema.enum?.[0];
  const words: readonly string[] = (schema.enum ?? []).map(String);
  const numbers = fc.oneof(fc.integer(), fc.bigInt()).map(String);
  return fc.oneof(
    { weight: 4, arbitrary: fc.constant(right === undefined ? undefined : String(right)) },
    { weight: required ? 1 : 3, arbitrary: fc.constant(undefined) },
    { weight: 2, arbitrary: texts },
    { weight: 1, arbitrary: words.length > 0 ? fc.constantFrom(...words) : numbers },
  );
}

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

async function attempt(address: string, agent: Agent, input: Input): Promise<Seen> {
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

const isCutOff = ({ body = '' }: Input, answer: Answer | string): boolean =>
  typeof answer === 'string' && /EPIPE|ECONNRESET/.test(answer) && Buffer.byteLength(body) > LARGE_BYTES;

/** What is wrong with an answer; undefined: nothing. */
export function wrongWith(
  { method, documented }: Pick<Input, 'method' | 'documented'>,
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

/** The answer, or why there is none. Of a stream the beginning is enough. */
async function send(address: string, agent: Agent, input: Input): Promise<Answer | string> {
  const { answer, wasKept } = await sendOnce(address, agent, input);
  // A kept connection may be closed in the moment in which it is used: then nobody has heard of the request.
  return typeof answer === 'string' && wasKept
    ? (await sendOnce(address, new Agent(), input)).answer
    : answer;
}

function sendOnce(
  address: string,
  agent: Agent,
  { method, path, headers, body }: Input,
): Promise<{ readonly answer: Answer | string; readonly wasKept: boolean }> {
  const [host, port] = address.split(':');
  // Said for every method: without it the body of a GET would be taken for the next request.
  const length = body !== undefined && { 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve) => {
    const sent = request(
      { host, port, agent, method, path, headers: { ...headers, ...length } },
      (response) => {
        const { statusCode: status = 0, headers: given } = response;
        const contentType = given['content-type'] ?? '';
        const chunks: Buffer[] = [];
        const done = () => end({ status, contentType, text: Buffer.concat(chunks).toString() });
        if (contentType.startsWith('text/event-stream')) {
          done();
          response.destroy();
          return;
        }
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('end', done);
        response.once('error', (error) => end(error.message));
      },
    );
    const end = (answer: Answer | string) => resolve({ answer, wasKept: sent.reusedSocket });
    sent.setTimeout(ANSWER_WITHIN_MS, () => sent.destroy(new Error(`none within ${ANSWER_WITHIN_MS} ms`)));
    sent.once('error', (error) => end(error.message));
    sent.end(body);
  });
}
