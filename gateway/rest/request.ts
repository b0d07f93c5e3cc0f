/** An HTTP request as protobuf JSON of the request message: what fields.ts says, put together. */
import type { FastifyRequest } from 'fastify';
import { CURRENCY_PARAMETER, type QueryParameter, type RouteFields } from './fields.ts';
import { idempotencyKeyOf, KEY_HEADER, refuseInBody } from './idempotencyKey.ts';
import { consistencyTokenOf, type Parameters, TOKEN_PARAMETER, wrong } from './parameters.ts';
import type { RpcRoute } from './route.ts';

type Json = Readonly<Record<string, unknown>>;
const DECIMAL = /^(\d{1,18})(?:\.(\d{1,9}))?$/;
const NANO_DIGITS = 9;

/** Throws OrderlogError INVALID_ARGUMENT. */
export function requestJson(
  route: RpcRoute,
  fields: RouteFields,
  request: FastifyRequest,
  parameters: Parameters,
): unknown {
  const outside: Json = {
    ...(fields.hasKey && { request_id: idempotencyKeyOf(request) }),
    ...(fields.hasToken && { [TOKEN_PARAMETER]: consistencyTokenOf(request, parameters) }),
    ...Object.fromEntries(fields.path.map(({ name, field }) => [field.name, pathValue(request, name)])),
  };
  if (route.method === 'GET') return { ...queryJson(fields.query, parameters), ...outside };
  const body = request.body ?? (route.bodyOptional ? {} : undefined);
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  if (fields.hasKey) refuseInBody(body, ['requestId', 'request_id'], `as the ${KEY_HEADER} header`);
  for (const { field } of fields.path) {
    refuseInBody(body, [field.jsonName, field.name], 'in the path');
  }
  return { ...body, ...outside };
}

const pathValue = (request: FastifyRequest, name: string): string =>
  (request.params as Readonly<Record<string, string>>)[name] ?? '';

function queryJson(query: readonly QueryParameter[], parameters: Parameters): Json {
  const currency = query.find(({ kind }) => kind === 'currency');
  if (currency?.kind === 'currency') refuseCurrencyAlone(currency.amounts, parameters);
  const given = query.flatMap((parameter): [string, unknown][] => {
    const { kind, name } = parameter;
    if (kind === 'field' && parameter.field.fieldKind === 'list') return [[name, parameters.all(name)]];
    if ((kind !== 'field' && kind !== 'amount') || parameters.one(name) === '') return [];
    return [[name, kind === 'amount' ? moneyJson(name, parameters) : parameters.one(name)]];
  });
  return Object.fromEntries(given);
}

function refuseCurrencyAlone(amounts: readonly string[], parameters: Parameters): void {
  const isAlone = amounts.every((name) => parameters.one(name) === '');
  if (!isAlone || parameters.one(CURRENCY_PARAMETER) === '') return;
  throw wrong(CURRENCY_PARAMETER, `is of a total: give ${amounts.join(' or ')} with it`);
}

function moneyJson(name: string, parameters: Parameters): Json {
  const [, units, fraction = ''] = DECIMAL.exec(parameters.one(name)) ?? [];
  const currencyCode = parameters.one(CURRENCY_PARAMETER);
  if (units === undefined) throw wrong(name, 'must be a decimal number such as 9.90');
  if (currencyCode === '') throw wrong(CURRENCY_PARAMETER, `must be given with ${name}, such as EUR`);
  return { currencyCode, units, nanos: Number(fraction.padEnd(NANO_DIGITS, '0')) };
}
