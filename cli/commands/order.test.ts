import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, beforeEach, describe, it } from 'mocha';
import { OrderlogError } from '../../platform/errors.ts';
import { createGrpcServer, type GrpcServer } from '../../platform/grpc/server.ts';
import { type Implementation, offer } from '../../platform/grpc/service.ts';
import { createLogger } from '../../platform/logging.ts';
import {
  HistoryEvent,
  Order,
  OrderServiceService,
  type PlaceOrderRequest,
  PlaceOrderResponse,
} from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { OrderStatus } from '../../proto/gen/orderlog/order/v1/types.ts';
import {
  OrderQueryServiceService,
  WatchOrderResponse,
} from '../../proto/gen/orderlog/query/v1/query_service.ts';

const ORDER_ID = '18e37589-93f2-5565-98db-319ed6ce1b02';
const created = HistoryEvent.fromPartial({ type: 'orderlog.order.v1.OrderCreated', version: 1 });
const ended = HistoryEvent.fromPartial({
  type: 'orderlog.order.v1.OrderCompleted',
  version: 2,
  cause: { stream: 'PAYMENTS', eventId: 'c7cd75d9-55de-5cc8-be5f-398ce513e5c8' },
});
const snapshot = WatchOrderResponse.fromPartial({ snapshot: { orderId: ORDER_ID, version: 1 } });
const order = Order.fromPartial({
  orderId: ORDER_ID,
  status: OrderStatus.ORDER_STATUS_COMPLETED,
  total: { currencyCode: 'EUR', units: 37n, nanos: 800_000_000 },
  version: 2,
});

describe('orderlog order', () => {
  let server: GrpcServer;
  let address: string;
  let requests: PlaceOrderRequest[];
  let handlers: Implementation<typeof OrderServiceService>;
  let watches: number;
  /** Of the watch of that number. */
  let updates: (watch: number) => Promise<AsyncIterable<WatchOrderResponse> | readonly WatchOrderResponse[]>;

  before(async () => {
    const logger = createLogger({ service: 'test', level: 'silent' });
    const delegating = offer(OrderServiceService, {
      placeOrder: async (request, call) => {
        requests.push(request);
        return (await handlers.placeOrder?.(request, call)) ?? PlaceOrderResponse.fromPartial({});
      },
      getOrder: async (request, call) => (await handlers.getOrder?.(request, call)) ?? { order },
      getOrderHistory: async () => ({ events: [created], nextPageToken: '' }),
    });
    const watching = offer(OrderQueryServiceService, {
      async *watchOrder() {
        watches += 1;
        yield* await updates(watches);
      },
    });
    const listen = { host: '127.0.0.1', port: 0 };
    server = createGrpcServer({ logger, services: [delegating, watching], listen, listenVariable: 'LISTEN' });
    address = `127.0.0.1:${await server.start()}`;
  });
  beforeEach(() => {
    requests = [];
    watches = 0;
    updates = async () => [snapshot, { event: ended }];
    handlers = { placeOrder: async () => PlaceOrderResponse.fromPartial({ orderId: ORDER_ID }) };
  });
  after(() => server.drain(200));

  const orderlog = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
      const options = { env: { ...process.env, ...env }, timeout: 20_000 };
      const child = execFile(
        process.execPath,
        ['cli/bin.js', 'order', ...args],
        options,
        (_, stdout, stderr) => {
          resolve({ code: child.exitCode ?? -1, stdout, stderr });
        },
      );
    });

  const at = () => ['--order', address, '--gateway', address];

  it('shows each step once with what brought it about, and the end', async () => {
    const args = [...at(), '--sku', 'SKU-A', 'SKU-B', '--quantity', '3', '--token', 'tok_slow'];
    const { code, stdout, stderr } = await orderlog(args);
    assert.deepEqual(
      stdout.split('\n').map((line) => line.replace(/^ *\d+ ms {2}/, '')),
      [
        `accepted   ${ORDER_ID}`,
        'OrderCreated               v1',
        'OrderCompleted             v2  because of PAYMENTS c7cd75d9-55de-5cc8-be5f-398ce513e5c8',
        '',
        'ORDER_STATUS_COMPLETED, total 37.80 EUR',
        '',
      ],
    );
    assert.deepEqual([code, stderr], [0, '']);
    assert.deepEqual(requests[0]?.lines, [
      { sku: 'SKU-A', quantity: 3 },
      { sku: 'SKU-B', quantity: 3 },
    ]);
    assert.equal(requests[0]?.paymentToken, 'tok_slow');
  });

  it('says so and exits 3 when the order has not ended in time', async () => {
    const pending = Order.fromPartial({ orderId: ORDER_ID, status: OrderStatus.ORDER_STATUS_PENDING });
    handlers = { ...handlers, getOrder: async () => ({ order: pending }) };
    updates = async () =>
      (async function* () {
        yield snapshot;
        await new Promise((resolve) => setTimeout(resolve, 5_000).unref());
      })();
    const { code, stdout } = await orderlog([...at(), '--timeout', '1']);
    assert.match(stdout, /ORDER_STATUS_PENDING\nnot ended after 1 s; it goes on without this watcher\n$/);
    assert.equal(code, 3);
  });

  it('watches on from where it was when the gateway comes back', async () => {
    updates = async (watch) => {
      if (watch === 2) return [{ event: ended }];
      return (async function* () {
        yield snapshot;
        throw new OrderlogError('UNAVAILABLE', 'AWAY', 'the gateway stops');
      })();
    };
    const { code, stdout, stderr } = await orderlog(at());
    assert.match(stdout, /OrderCreated +v1\n.*OrderCompleted +v2 .*\n\nORDER_STATUS_COMPLETED/);
    assert.deepEqual([code, stderr], [0, 'orderlog: the gateway stops; watching on when it is back\n']);
  });

  it('does not watch where that is not wanted, and answers in JSON', async () => {
    const { code, stdout } = await orderlog([...at(), '--no-watch', '--json']);
    assert.equal(JSON.parse(stdout).answer.orderId, ORDER_ID);
    assert.deepEqual([code, watches], [0, 0]);
  });

  it('names the fields that are wrong', async () => {
    const { code, stderr } = await orderlog(['--order', address, '--customer', 'ada@example.org']);
    assert.match(stderr, /^orderlog: .*\n {2}customer_id: /);
    assert.equal(code, 1);
  });

  it('tells how to repeat without ordering twice when it is not known whether it ordered', async () => {
    handlers = {
      async placeOrder() {
        throw new OrderlogError('UNAVAILABLE', 'AWAY', 'the database is away', { retryAfterMs: 1_000 });
      },
    };
    const { code, stderr } = await orderlog(['--order', address]);
    assert.match(stderr, /^orderlog: the database is away\n/);
    assert.ok(stderr.includes(`--request-id ${requests[0]?.requestId}`));
    assert.equal(code, 1);
  });

  it('refuses settings that cannot be with one line', async () => {
    const wrong = [
      await orderlog([], { ORDERLOG_PORT_BASE: 'abc' }),
      await orderlog(['--quantity', '4294967297']),
    ];
    assert.match(wrong[0]?.stderr ?? '', /^orderlog: ORDERLOG_PORT_BASE is abc: [^\n]*\n$/);
    assert.match(wrong[1]?.stderr ?? '', /'--quantity <pieces>' argument '4294967297' is invalid/);
    assert.deepEqual(
      wrong.map(({ code }) => code),
      [1, 2],
    );
  });

  it('says how to start Orderlog where nobody answers', async () => {
    const { code, stderr } = await orderlog(['--order', '127.0.0.1:1']);
    assert.match(stderr, /^orderlog: nobody answers at 127\.0\.0\.1:1\nIs Orderlog running\? [^\n]*\n$/);
    assert.equal(code, 1);
  });
});
