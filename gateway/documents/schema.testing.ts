/** Judges JSON by the schemas of a document. */
import assert from 'node:assert/strict';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Schema } from '../rest/route.ts';

const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Asserts that a value is as a schema of the document says; `what` names it. */
export type Judge = (schema: unknown, value: unknown, what: string) => void;

/** `isStrict`: what a schema does not name is refused everywhere, as no answer of the same version has it. */
export function judgeOf(document: Schema, isStrict = true): Judge {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  ajv.addFormat('date-time', DATE_TIME);
  ajv.addFormat('uuid', UUID);
  for (const format of ['int32', 'int64', 'uri-reference']) ajv.addFormat(format, true);
  const { components } = isStrict ? closed(document) : document;
  return (schema, value, what) => {
    const self = isStrict ? closed(schema as Schema) : (schema as Schema);
    const validate = ajv.compile({ components, ...self });
    validate(value);
    assert.deepEqual(validate.errors ?? [], [], `${what}: ${JSON.stringify(value)}`);
  };
}

/** Objects with named properties have no others. */
function closed(schema: Schema): Schema {
  const entries = Object.entries(schema).map(([key, value]) => [
    key,
    isSchema(value) ? closed(value) : value,
  ]);
  const copy = Object.fromEntries(entries) as Record<string, unknown>;
  if (copy.type === 'object' && isSchema(copy.properties)) copy.additionalProperties ??= false;
  return copy;
}

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** One operation, with its answers, as the document has it. */
export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly security: readonly { readonly bearer?: readonly string[] }[];
  readonly parameters: readonly {
    readonly name: string;
    readonly in: 'path' | 'query' | 'header';
    readonly required?: boolean;
    readonly schema: Schema;
    readonly example?: unknown;
  }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content: Content; readonly headers?: Schema }>>;
}
type Content = Readonly<Record<string, { readonly schema: Schema; readonly example?: unknown }>>;

export interface Described {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

/** All operations of an OpenAPI document. */
export const operationsOf = (document: Schema): readonly Described[] =>
  Object.entries(document.paths as Record<string, Record<string, Operation>>).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );

/** Asserts that an answer is one that the operation is documented with. */
export function judgeAnswer(
  judge: Judge,
  { operation, method, path }: Described,
  answer: { readonly status: number; readonly contentType: string; readonly body: unknown },
): void {
  const what = `${method} ${path} ${answer.status}`;
  const documented = operation.responses[answer.status];
  assert.ok(documented, `${what} is not documented: ${JSON.stringify(answer.body)}`);
  const [type = ''] = answer.contentType.split(';');
  const content = documented.content[type];
  assert.ok(content, `${what} is documented with ${Object.keys(documented.content)}, not ${type}`);
  judge(content.schema, answer.body, what);
}
