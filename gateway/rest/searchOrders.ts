/**
 * GET /v1/orders: SearchOrders. Parameters are the fields of SearchOrdersRequest by their proto names; `statuses` may be given
 * several times; totals are decimals (`min_total=9.90`), and `currency` says of what.
 */
import type { FastifyInstance } from 'fastify';
import { requestTypeOf } from '../../platform/grpc/descriptors.ts';
import { createRequestCheck } from '../../platform/grpc/validation.ts';
import {
  OrderQueryServiceService,
  SearchOrdersRequest,
  SearchOrdersResponse,
} from '../../proto/gen/orderlog/query/v1/query_service.ts';
import type { OrderQueries } from '../queries/orderQueries.ts';
import { messageBytes } from './body.ts';
import { consistencyTokenOf, type Parameters, parametersOf, TOKEN_PARAMETER, wrong } from './parameters.ts';
import { callOf } from './routes.ts';

const TEXTS = ['query', 'customer_id', 'created_after', 'created_before', 'sort', 'page_size', 'page_token'];
const TOTALS = ['min_total', 'max_total'];
const KNOWN = [...TEXTS, 'statuses', ...TOTALS, 'currency', TOKEN_PARAMETER];
/** Violations name parameters as they are spelled, and not as fields of a body. */
const fieldNames = {
  ...Object.fromEntries(KNOWN.map((name) => [name, name])),
  ...Object.fromEntries(TOTALS.map((name) => [`${name}.currency_code`, 'currency'])),
};
const DECIMAL = /^(\d{1,18})(?:\.(\d{1,9}))?$/;
const NANO_DIGITS = 9;

export function addSearchOrders(app: FastifyInstance, queries: OrderQueries): void {
  const type = requestTypeOf(OrderQueryServiceService.searchOrders.path);
  const check = createRequestCheck(type);
  app.get('/v1/orders', {
    config: { fieldNames },
    handler: async (request) => {
      const parameters = parametersOf(request, KNOWN);
      const bytes = messageBytes(type, jsonOf(parameters));
      const asked = {
        ...SearchOrdersRequest.decode(bytes),
        consistencyToken: consistencyTokenOf(request, parameters),
      };
      check(SearchOrdersRequest.encode(asked).finish());
      return SearchOrdersResponse.toJSON(await queries.searchOrders(asked, callOf(request)));
    },
  });
}

/** Protobuf JSON of the request, its fields named as parameters are. */
function jsonOf(parameters: Parameters): Record<string, unknown> {
  const given = (names: readonly string[], value: (name: string) => unknown) =>
    Object.fromEntries(names.flatMap((name) => (parameters.one(name) === '' ? [] : [[name, value(name)]])));
  const currency = parameters.one('currency');
  if (currency !== '' && TOTALS.every((name) => parameters.one(name) === '')) {
    throw wrong('currency', `is of a total: give ${TOTALS.join(' or ')} with it`);
  }
  return {
    ...given(TEXTS, parameters.one),
    ...given(TOTALS, (name) => moneyOf(name, parameters.one(name), currency)),
    statuses: parameters.all('statuses'),
  };
}

function moneyOf(name: string, decimal: string, currencyCode: string): unknown {
  const [, units, fraction = ''] = DECIMAL.exec(decimal) ?? [];
  if (units === undefined) throw wrong(name, 'must be a decimal number such as 9.90');
  if (currencyCode === '') throw wrong('currency', `must be given with ${name}, such as EUR`);
  return { currencyCode, units, nanos: Number(fraction.padEnd(NANO_DIGITS, '0')) };
}
