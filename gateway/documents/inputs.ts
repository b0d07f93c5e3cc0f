/** What a route takes, as OpenAPI writes it: parameters of path, query and headers, and the body. */
import type { DescField } from '@bufbuild/protobuf';
import { fieldsOf, type QueryParameter, type RouteFields } from '../rest/fields.ts';
import { KEY_HEADER } from '../rest/idempotencyKey.ts';
import { TOKEN_HEADER } from '../rest/parameters.ts';
import type { PlainRoute, RpcRoute, Schema } from '../rest/route.ts';
import { commentOf } from './comments.ts';
import { exampleOf, fieldExample } from './examples.ts';
import { isRequired } from './rules.ts';
import type { Schemas } from './schemas.ts';

const DECIMAL: Schema = { type: 'string', pattern: '^[0-9]{1,18}(\\.[0-9]{1,9})?$' };

export function rpcParameters(route: RpcRoute, schemas: Schemas): readonly Schema[] {
  const fields = fieldsOf(route);
  return [
    ...fields.path.map(({ name, field }) => ({
      ...parameterOf('path', name, field, schemas),
      example: fieldExample(field),
    })),
    ...fields.query.map((parameter) => queryParameter(parameter, schemas)),
    ...headers(fields, schemas),
  ];
}

export const plainParameters = ({ parameters = [] }: PlainRoute): readonly Schema[] =>
  parameters.map(({ description, ...parameter }) => ({
    ...parameter,
    ...(parameter.in === 'path' && { required: true }),
    description,
  }));

/** Of a POST. */
export function bodyOf(route: RpcRoute, schemas: Schemas): Schema {
  if (route.method === 'GET') return {};
  const { request, body } = fieldsOf(route);
  const schema = schemas.ofRequest(request, body);
  const content = { 'application/json': { schema, example: exampleOf(request, body) } };
  return { requestBody: { required: route.bodyOptional !== true, content } };
}

/** What the field says is said of the parameter, and not of its schema again. */
function parameterOf(where: string, name: string, field: DescField, schemas: Schemas): Schema {
  const { description, ...schema } = schemas.ofField(field);
  return {
    name,
    in: where,
    ...((where === 'path' || isRequired(field)) && { required: true }),
    ...(description !== undefined && { description }),
    schema,
  };
}

function queryParameter(parameter: QueryParameter, schemas: Schemas): Schema {
  const { name, kind } = parameter;
  switch (kind) {
    case 'field':
      return parameterOf('query', name, parameter.field, schemas);
    case 'amount': {
      const description = `${commentOf(parameter.field)} A decimal, such as 9.90.`;
      return { name, in: 'query', description, schema: DECIMAL };
    }
    case 'currency': {
      const description = `Of ${parameter.amounts.join(' and ')}: needed with them (ISO 4217).`;
      return { name, in: 'query', description, schema: { type: 'string', pattern: '^[A-Z]{3}$' } };
    }
    case 'token': {
      const { description, ...schema } = schemas.ofField(parameter.field);
      return { name, in: 'query', description: `${description} The same as the header.`, schema };
    }
    case 'choice': {
      const { values, description } = parameter.choice;
      const schema = { type: 'string', enum: values };
      return { name, in: 'query', required: true, description, schema, example: values[0] };
    }
  }
}

function headers({ request, hasKey, hasToken }: RouteFields, schemas: Schemas): readonly Schema[] {
  const fieldOf = (fieldName: string) => request.fields.filter(({ name }) => name === fieldName);
  const key = hasKey ? fieldOf('request_id') : [];
  const token = hasToken ? fieldOf('consistency_token') : [];
  return [
    ...key.map((field) => ({
      ...parameterOf('header', KEY_HEADER, field, schemas),
      example: fieldExample(field),
    })),
    ...token.map((field) => parameterOf('header', TOKEN_HEADER, field, schemas)),
  ];
}
