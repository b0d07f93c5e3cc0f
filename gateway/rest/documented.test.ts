/** The server beside its own document: it takes what is documented, answers as documented, and has no other routes. */
import assert from 'node:assert/strict';
import { fromJson, type JsonValue, toBinary } from '@bufbuild/protobuf';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { describe, it } from 'mocha';
import { pino } from 'pino';
import { ANYBODY } from '../../platform/access/caller.ts';
import { type ErrorCode, OrderlogError } from '../../platform/errors.ts';
import { descriptors, methodOf } from '../../platform/grpc/descriptors.ts';
import { anyCodec, type ServiceDefinition } from '../../platform/grpc/service.ts';
import { createMeter } from '../../platform/telemetry/meter.ts';
import { CatalogServiceService } from '../../proto/gen/orderlog/catalog/v1/catalog_service.ts';
import { OpsServiceService } from '../../proto/gen/orderlog/ops/v1/ops_service.ts';
import { OrderServiceService } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { OrderQueryServiceService } from '../../proto/gen/orderlog/query/v1/query_service.ts';
import { exampleOf } from '../documents/examples.ts';
import {
  type Described,
  judgeAnswer,
  judgeOf,
  type Operation,
  operationsOf,
} from '../documents/schema.testing.ts';
import { createMetrics } from '../metrics/metrics.ts';
import type { Gateway } from './route.ts';
import { createRestServer } from './server.ts';

let failure: OrderlogError | undefined;
let refusal: OrderlogError | undefined;

/** A service whose every method answers as the document's example does, or fails. */
function double<T>(definition: ServiceDefinition): T {
  const methods = Object.entries(definition).map(([name, method]) => {
    const { output } = methodOf(method.path);
    const json = exampleOf(output) as JsonValue;
    const { registry } = descriptors();
    const answer = () =>
      anyCodec(method).responseDeserialize(
        Buffer.from(toBinary(output, fromJson(output, json, { registry }))),
      );
    return [name, () => (failure ? Promise.reject(failure) : Promise.resolve(answer()))];
  });
  return Object.fromEntries(methods) as T;
}

const logger = pino({ level: 'silent' });
const ops = double<Gateway['ops']['order']>(OpsServiceService);
const app = createRestServer({
  logger,
  orderAddress: 'of a test',
  admit(rule) {
    if (refusal && rule !== 'open') throw refusal;
    return ANYBODY;
  },
  gateway: {
    queries: double(OrderQueryServiceService),
    sales: double(OrderQueryServiceService),
    orders: double(OrderServiceService),
    catalog: double(CatalogServiceService),
    ops: { order: ops, catalog: ops, payment: ops },
    watched: { feed: undefined, orders: undefined } as never,
    overview: undefined as never,
    logger,
    metrics: createMetrics(createMeter('gateway'), {}),
    readiness: { order: async () => ({ ready: failure === undefined, detail: 'of a test' }) },
  },
});
const document = JSON.parse((await app.inject('/openapi.json')).body);
const judge = judgeOf(document);
const operations = operationsOf(document);
/** What people look at, and what that loads; fastify tells a path with a wildcard by the wildcard alone. */
const PAGES = /^\/(|\*|docs.*)$/;
/** Those are followed by their own tests. */
const isStream = ({ responses }: Operation) => 'text/event-stream' in (responses['200']?.content ?? {});

/** The request that the document's examples make up. */
function ask(described: Described): Promise<LightMyRequestResponse> {
  const { method, path, operation } = described;
  const given = (where: string): [string, string][] =>
    operation.parameters
      .filter((parameter) => parameter.in === where && parameter.example !== undefined)
      .map(({ name, example }) => [name, String(example)]);
  const url = given('path').reduce((filled, [name, value]) => filled.replace(`{${name}}`, value), path);
  const body = operation.requestBody?.content['application/json']?.example;
  return app.inject({
    method: method as 'GET' | 'POST',
    url,
    query: Object.fromEntries(given('query')),
    headers: Object.fromEntries(given('header')),
    ...(body !== undefined && { payload: body as object }),
  });
}

const answerOf = (response: LightMyRequestResponse) => ({
  status: response.statusCode,
  contentType: String(response.headers['content-type']),
  body: /json/.test(String(response.headers['content-type'])) ? (response.json() as unknown) : response.body,
});

describe('the REST server', () => {
  for (const described of operations.filter(({ operation }) => !isStream(operation))) {
    const { method, path, operation } = described;
    it(`takes and answers what is documented: ${method} ${path}`, async () => {
      failure = undefined;
      const response = await ask(described);
      judgeAnswer(judge, described, answerOf(response));
      assert.ok(response.statusCode < 300, response.body);
      const { example } = Object.values(operation.responses[response.statusCode]?.content ?? {})[0] ?? {};
      if (example !== undefined) assert.deepEqual(response.json(), example);
    });
  }

  const codes: readonly ErrorCode[] = [
    'INVALID_ARGUMENT',
    'RESOURCE_EXHAUSTED',
    'INTERNAL',
    'UNAVAILABLE',
    'DEADLINE_EXCEEDED',
  ];
  for (const described of operations.filter(({ operation }) => 'x-rpc' in operation)) {
    it(`fails as is documented: ${described.method} ${described.path}`, async () => {
      for (const code of codes) {
        failure = new OrderlogError(code, 'OF_A_TEST', 'of a test');
        const response = await ask(described);
        judgeAnswer(judge, described, answerOf(response));
        const { headers } = described.operation.responses[response.statusCode] ?? {};
        assert.equal('retry-after' in response.headers, headers !== undefined && 'Retry-After' in headers);
      }
    });
  }

  for (const code of ['UNAUTHENTICATED', 'PERMISSION_DENIED', 'UNAVAILABLE'] as const) {
    it(`turns callers away as is documented: ${code}`, async () => {
      for (const described of operations) {
        const { security, operationId } = described.operation;
        const asksScope = security.some(({ bearer = [] }) => bearer.length > 0);
        if (security.length === 0 || (code === 'PERMISSION_DENIED' && !asksScope)) continue;
        refusal = new OrderlogError(code, 'OF_A_TEST', 'of a test');
        const response = await ask(described).finally(() => {
          refusal = undefined;
        });
        judgeAnswer(judge, described, answerOf(response));
        const isChallenged = 'www-authenticate' in response.headers;
        assert.equal(isChallenged, code !== 'UNAVAILABLE', operationId);
      }
    });
  }

  it('has no route that is not documented, but for the pages that people look at', async () => {
    const documented = operations.map(({ method, path }) => `${method} ${path}`);
    const served: string[] = [];
    for (const { method, url } of registered(app)) {
      const isRefused = (await app.inject({ method, url })).statusCode === 405;
      if (!isRefused && !PAGES.test(url)) served.push(`${method} ${url}`);
    }
    assert.deepEqual(served.sort(), documented.sort());
  });
});

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What fastify has handlers for, those that refuse a method included; HEAD goes with GET. */
function registered(of: FastifyInstance): { readonly method: Method; readonly url: string }[] {
  const path: string[] = [];
  return of
    .printRoutes({ commonPrefix: false })
    .split('\n')
    .flatMap((line) => {
      const [, indent = '', part = '', methods] = /^([│ ]*)[├└]── (\S*)(?: \((.*)\))?$/.exec(line) ?? [];
      path.length = indent.length / 4;
      path.push(part);
      const url = path.join('').replace(/:(\w+)/g, '{$1}');
      const names = (methods?.split(', ') ?? []).filter((method) => method !== 'HEAD');
      return names.map((method) => ({ method: method as Method, url }));
    });
}
