/** Requests to every route of the OpenAPI document that a gateway serves: right, nearly right and nothing of the kind. */
import fc from 'fast-check';
import { bodies, type Json } from '../json.ts';
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

export interface RestInput {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** Of the route that is meant. */
  readonly documented: readonly string[];
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];
const TYPES = [
  'text/plain',
  'application/xml',
  'application/json; charset=latin1',
  'multipart/form-data',
  'application/',
  '',
];

export const restInputs = ({ paths }: OpenApi): fc.Arbitrary<RestInput> =>
  fc.oneof(
    ...Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, operation]) =>
        requestsTo(path, method.toUpperCase(), operation, operations),
      ),
    ),
  );

function requestsTo(
  path: string,
  method: string,
  operation: Operation,
  all: Readonly<Record<string, Operation>>,
): fc.Arbitrary<RestInput> {
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
