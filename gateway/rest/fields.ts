/**
 * Where the fields of a request message stand in an HTTP request. Parameters of the path are fields by their names, or as the
 * route says; `request_id` is the Idempotency-Key header; `consistency_token` is the Consistency-Token header, or a parameter;
 * all others are parameters of a GET and the body of a POST.
 *
 * A parameter is spelled as the proto field. One of type Money is a decimal (`min_total=9.90`), and the parameter `currency` says
 * of what.
 */
import type { DescField, DescMessage } from '@bufbuild/protobuf';
import { methodOf } from '../../platform/grpc/descriptors.ts';
import { KEY_HEADER } from './idempotencyKey.ts';
import { TOKEN_HEADER, TOKEN_PARAMETER } from './parameters.ts';
import type { FieldNames } from './problems.ts';
import type { Choice, RpcRoute } from './route.ts';

export const CURRENCY_PARAMETER = 'currency';
const MONEY = 'google.type.Money';

/** One parameter of the query. */
export type QueryParameter = { readonly name: string } & (
  | { readonly kind: 'field' | 'amount' | 'token'; readonly field: DescField }
  /** Of the amounts that are named. */
  | { readonly kind: 'currency'; readonly amounts: readonly string[] }
  | { readonly kind: 'choice'; readonly choice: Choice }
);

export interface RouteFields {
  readonly request: DescMessage;
  readonly response: DescMessage;
  readonly path: readonly { readonly name: string; readonly field: DescField }[];
  readonly query: readonly QueryParameter[];
  /** Whether the Idempotency-Key header is to be given. */
  readonly hasKey: boolean;
  readonly hasToken: boolean;
  /** Of a POST. */
  readonly body: readonly DescField[];
  /** How a client spells the fields that are not in the body, by their proto names. */
  readonly names: FieldNames;
}

/** Throws if the route names a field that its request does not have. */
export function fieldsOf(route: RpcRoute): RouteFields {
  const { input: request, output: response } = methodOf(route.rpc.path);
  const path = pathNames(route.path).map((name) => {
    const fieldName = route.pathFields?.[name] ?? name;
    const field = request.fields.find((each) => each.name === fieldName);
    if (!field) throw new Error(`${route.path}: ${request.typeName} has no field ${fieldName}`);
    return { name, field };
  });
  const hasKey = request.fields.some(isKey);
  const hasToken = request.fields.some(isToken);
  const inPath = new Set(path.map(({ field }) => field));
  const rest = request.fields.filter((field) => !inPath.has(field) && !isKey(field) && !isToken(field));
  const query = route.method === 'GET' ? queryOf(rest, request.fields.find(isToken)) : [];
  const choices = Object.entries(route.choices ?? {}).map(([name, choice]) => ({
    kind: 'choice' as const,
    name,
    choice,
  }));
  const names = Object.fromEntries([
    ...query.flatMap(spellings),
    ...choices.map(({ name }) => [name, name] as const),
    ...path.map(({ name, field }) => [field.name, name] as const),
    ...(hasKey ? [['request_id', KEY_HEADER] as const] : []),
    ...(hasToken ? [[TOKEN_PARAMETER, TOKEN_HEADER] as const] : []),
  ]);
  const body = route.method === 'GET' ? [] : rest;
  return { request, response, path, query: [...choices, ...query], hasKey, hasToken, body, names };
}

const isKey = ({ name }: DescField): boolean => name === 'request_id';
const isToken = ({ name }: DescField): boolean => name === TOKEN_PARAMETER;

/** `/v1/orders/{id}/cancel` -> id. */
const pathNames = (path: string): string[] =>
  [...path.matchAll(/\{(\w+)\}/g)].flatMap(([, name]) => name ?? []);

function queryOf(fields: readonly DescField[], token: DescField | undefined): QueryParameter[] {
  const isAmount = ({ message }: DescField) => message?.typeName === MONEY;
  const amounts = fields.filter(isAmount).map(({ name }) => name);
  return [
    ...fields.map((field) => ({
      kind: isAmount(field) ? ('amount' as const) : ('field' as const),
      name: field.name,
      field,
    })),
    ...(amounts.length > 0 ? [{ kind: 'currency' as const, name: CURRENCY_PARAMETER, amounts }] : []),
    ...(token ? [{ kind: 'token' as const, name: TOKEN_PARAMETER, field: token }] : []),
  ];
}

function spellings(parameter: QueryParameter): (readonly [string, string])[] {
  const own = [parameter.name, parameter.name] as const;
  return parameter.kind === 'amount' ? [own, [`${parameter.name}.currency_code`, CURRENCY_PARAMETER]] : [own];
}
