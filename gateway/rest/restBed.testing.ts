/** A gateway in front of an Order service of the test's own, for tests of REST that need no read model. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach } from 'mocha';
import type { RateLimit } from '../../platform/access/rateLimit.ts';
import { openElasticsearch } from '../../platform/elasticsearch/client.ts';
import type { CallInfo } from '../../platform/grpc/service.ts';
import type {
  PlaceOrderRequest,
  PlaceOrderResponse,
} from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { OrderStatus } from '../../proto/gen/orderlog/order/v1/types.ts';
import { orderDouble, startGateway, type TestGateway, type TestServer } from '../testbed.testing.ts';
import type { Problem } from './problems.ts';

export const ORDER = '6a2f6c1e-58a7-5b0a-9d5c-3c1f4b8f9a10';
/** An order that is right. */
export const body = {
  customerId: 'ada',
  lines: [{ sku: 'SKU-COFFEE', quantity: 2 }],
  paymentToken: 'tok_ok',
};
export const accepted: PlaceOrderResponse = {
  orderId: ORDER,
  status: OrderStatus.ORDER_STATUS_PENDING,
  consistencyToken: 'token',
};

/** A gateway without an Elasticsearch: taking orders needs none. */
export const gatewayBefore = (order: TestServer, rate?: RateLimit): Promise<TestGateway> => {
  const es = openElasticsearch({ url: 'http://127.0.0.1:9', requestTimeoutMs: 1_000 });
  return startGateway({ es, alias: 'orders', orderAddress: order.address, ...(rate && { rate }) });
};

export interface RestBed {
  readonly order: TestServer;
  /** What the Order service was asked in this test. */
  readonly placed: { readonly request: PlaceOrderRequest; readonly call: CallInfo }[];
  /** What it does then; accepts by default. */
  place: () => Promise<PlaceOrderResponse>;
  request(path: string, init?: RequestInit): Promise<Response>;
  /** POST /v1/orders with a new key, unless the headers have one; a string is sent as it is. */
  post(json: unknown, headers?: Record<string, string>): Promise<Response>;
}

/** Registers the hooks; what it gives is there once they have run. */
export function restBed(): RestBed {
  let order: TestServer;
  let gateway: TestGateway;
  before(async () => {
    order = await orderDouble({
      async placeOrder(request, call) {
        bed.placed.push({ request, call });
        return bed.place();
      },
    });
    gateway = await gatewayBefore(order);
  });
  after(async () => {
    await gateway.stop();
    await order.stop();
  });
  beforeEach(() => {
    bed.placed.length = 0;
    bed.place = async () => accepted;
  });
  const request = (path: string, init: RequestInit = {}) => fetch(gateway.http + path, init);
  const bed: RestBed = {
    get order() {
      return order;
    },
    placed: [],
    place: async () => accepted,
    request,
    post: (json, headers = {}) =>
      request('/v1/orders', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID(), ...headers },
        body: typeof json === 'string' ? json : JSON.stringify(json),
      }),
  };
  return bed;
}

/** The problem that an answer is; its status is the answer's. */
export async function problemIn(response: Response): Promise<Problem> {
  assert.match(response.headers.get('content-type') ?? '', /^application\/problem\+json/);
  const problem = (await response.json()) as Problem;
  assert.equal(problem.status, response.status);
  for (const member of ['type', 'title', 'detail', 'code', 'reason'] as const) {
    assert.equal(typeof problem[member], 'string');
  }
  return problem;
}

export const fieldsOf = (problem: Problem): string[] => problem.violations.map(({ field }) => field);
