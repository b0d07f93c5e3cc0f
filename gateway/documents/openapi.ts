/** The OpenAPI 3.1 document, made of the table of routes and the descriptor image. */
import { methodOf } from '../../platform/grpc/descriptors.ts';
import { fieldsOf } from '../rest/fields.ts';
import type { PlainRoute, Route, RpcRoute, Schema, Tag } from '../rest/route.ts';
import { commentOf } from './comments.ts';
import { exampleOf } from './examples.ts';
import { info } from './info.ts';
import { bodyOf, plainParameters, rpcParameters } from './inputs.ts';
import { problemResponses, problemSchemas } from './problems.ts';
import { createSchemas, type Schemas } from './schemas.ts';
import { accessText, securityOf, securitySchemes } from './security.ts';

const tags: Readonly<Record<Tag, string>> = {
  Orders: 'Placing, cancelling, reading and finding orders.',
  Items: 'What is on sale, and the stock of it.',
  Sales: 'What was sold, and how the saga did.',
  Operations: 'For those who run the system.',
  System: 'The gateway about itself.',
};

const description = `Orders over HTTP. The same can be had over gRPC: every route names its rpc.

- Bodies are the protobuf JSON mapping of the contract's messages: names in camelCase, 64-bit numbers and times as strings. A
  field with its type's empty value is left out. Unknown fields of a request are refused.
- What went wrong is a problem (RFC 9457) with a stable \`reason\`, and with the fields that are wrong. After 429 and 503, repeat
  when \`Retry-After\` says; with the same \`Idempotency-Key\` nothing is done twice.
- Where the requests of a caller are limited, every answer says how many are left, and for how long: \`RateLimit-Policy\` and
  \`RateLimit\`. Beyond them it is 429 with \`RATE_LIMITED\`.
- Where the system has an issuer of tokens, each operation asks for a scope of its own: send \`Authorization: Bearer <token>\`. What a
  token may do, \`GET /v1/caller\` says.
- A write's answer has a \`consistencyToken\`: a read that is given it waits until it sees that write.
- The events behind it all: [asyncapi.json](asyncapi.json).`;

/** `routes`: all that is served. */
export function openApiDocument(routes: readonly Route[]): Schema {
  const schemas = createSchemas();
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const at = paths[route.path] ?? {};
    paths[route.path] = { ...at, [route.method.toLowerCase()]: operationOf(route, schemas) };
  }
  return {
    openapi: '3.1.0',
    info: info('Orderlog', description),
    servers: [{ url: '/' }],
    tags: Object.entries(tags).map(([name, text]) => ({ name, description: text })),
    paths,
    components: { securitySchemes, schemas: { ...problemSchemas, ...schemas.all() } },
  };
}

const operationOf = (route: Route, schemas: Schemas): Schema => ({
  operationId: route.operationId,
  tags: [route.tag],
  summary: route.summary,
  security: securityOf(route),
  ...(route.kind === 'rpc' ? rpcOperation(route, schemas) : plainOperation(route)),
});

function rpcOperation(route: RpcRoute, schemas: Schemas): Schema {
  const { response } = fieldsOf(route);
  const method = methodOf(route.rpc.path);
  return {
    description: texts(commentOf(method), accessText(route)),
    parameters: rpcParameters(route, schemas),
    ...bodyOf(route, schemas),
    responses: {
      [route.status]: {
        description: commentOf(response),
        ...(route.location && { headers: { Location: locationHeader } }),
        content: { 'application/json': { schema: schemas.of(response), example: exampleOf(response) } },
      },
      ...problemResponses(route),
    },
    'x-rpc': route.rpc.path.slice(1),
  };
}

const texts = (...paragraphs: readonly string[]): string =>
  paragraphs.filter((text) => text !== '').join('\n\n');

const locationHeader: Schema = {
  description: 'Where to read it.',
  schema: { type: 'string', format: 'uri-reference' },
};

function plainOperation(route: PlainRoute): Schema {
  const answers = Object.entries(route.answers).map(([status, answer]) => [
    status,
    { description: answer.description, content: { [answer.contentType]: { schema: answer.schema } } },
  ]);
  const access = accessText(route);
  return {
    ...(access !== '' && { description: access }),
    parameters: plainParameters(route),
    responses: { ...problemResponses(route), ...Object.fromEntries(answers) },
  };
}
