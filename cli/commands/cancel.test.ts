import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, beforeEach, describe, it } from 'mocha';
import { OrderlogError } from '../../platform/errors.ts';
import { createGrpcServer, type GrpcServer } from '../../platform/grpc/server.ts';
import { offer } from '../../platform/grpc/service.ts';
import { createLogger } from '../../platform/logging.ts';
import {
  type CancelOrderRequest,
  CancelOrderResponse,
  HistoryEvent,
  Order,
  OrderServiceService,
} from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { OrderStatus } from '../../proto/gen/orderlog/order/v1/types.ts';
import { OrderQueryServiceService } from '../../proto/gen/orderlog/query/v1/query_service.ts';

const ORDER_ID = '18e37589-93f2-5565-98db-319ed6ce1b02';
const named = (type: string, version: number, stream?: string) =>
  HistoryEvent.fromPartial({
    type: `orderlog.order.v1.${type}`,
    version,
    ...(stream && { cause: { stream, eventId: 'c7cd75d9-55de-5cc8-be5f-398ce513e5c8' } }),
  });
const steps = [named('OrderCancellationRequested', 5), named('OrderRefunded', 6, 'PAYMENTS')];

describe('orderlog cancel', () => {
  let server: GrpcServer;
  let address: string;
  let asked: CancelOrderRequest[];
  let watchedAfter: number | undefined;
  let cancel: () => Promise<CancelOrderResponse>;

  before(async () => {
    const double = offer(OrderServiceService, {
      async cancelOrder(request) {
        asked.push(request);
        return cancel();
      },
      async getOrder() {
        const [status, version] =
          asked.length > 0 ? [OrderStatus.ORDER_STATUS_REFUNDED, 6] : [OrderStatus.ORDER_STATUS_COMPLETED, 4];
        return { order: Order.fromPartial({ orderId: ORDER_ID, status, version, message: 'too late' }) };
      },
    });
    const watching = offer(OrderQueryServiceService, {
      async *watchOrder({ afterVersion }) {
        watchedAfter = afterVersion;
        for (const event of steps) yield { event };
      },
    });
    const logger = createLogger({ service: 'test', level: 'silent' });
    const listen = { host: '127.0.0.1', port: 0 };
    server = createGrpcServer({ logger, services: [double, watching], listen, listenVariable: 'LISTEN' });
    address = `127.0.0.1:${await server.start()}`;
  });
  beforeEach(() => {
    asked = [];
    watchedAfter = undefined;
    cancel = async () => CancelOrderResponse.fromPartial({ orderId: ORDER_ID });
  });
  after(() => server.drain(200));

  const orderlog = (args: readonly string[]) =>
    new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
      const all = ['cli/bin.js', 'cancel', ...args, '--order', address, '--gateway', address];
      const child = execFile(process.execPath, all, { timeout: 20_000 }, (_, stdout, stderr) => {
        resolve({ code: child.exitCode ?? -1, stdout, stderr });
      });
    });

  it('shows a completed order walk on until it is refunded', async () => {
    const { code, stdout, stderr } = await orderlog([ORDER_ID, '--message', 'too late']);
    assert.deepEqual(
      stdout.split('\n').map((line) => line.replace(/^ *\d+ ms {2}/, '')),
      [
        `asked      ${ORDER_ID}`,
        'OrderCancellationRequested v5',
        'OrderRefunded              v6  because of PAYMENTS c7cd75d9-55de-5cc8-be5f-398ce513e5c8',
        '',
        'ORDER_STATUS_REFUNDED: too late',
        '',
      ],
    );
    assert.deepEqual([code, stderr, watchedAfter], [0, '', 4]);
    assert.deepEqual([asked[0]?.orderId, asked[0]?.message], [ORDER_ID, 'too late']);
  });

  it('says in one line why it cannot be', async () => {
    cancel = () =>
      Promise.reject(new OrderlogError('FAILED_PRECONDITION', 'ORDER_REJECTED', 'it is rejected already'));
    const { code, stderr } = await orderlog([ORDER_ID]);
    assert.deepEqual([code, stderr], [1, 'orderlog: it is rejected already\n']);
  });

  it('tells how to repeat where it is not known whether it was asked for', async () => {
    cancel = () =>
      Promise.reject(new OrderlogError('UNAVAILABLE', 'AWAY', 'the database is away', { retryAfterMs: 10 }));
    const { code, stderr } = await orderlog([ORDER_ID]);
    assert.ok(stderr.includes(`--request-id ${asked[0]?.requestId}`), stderr);
    assert.equal(code, 1);
  });

  it('refuses wrong usage', async () => {
    const wrong = [await orderlog([]), await orderlog([ORDER_ID, '--reason', 'x'])];
    assert.match(wrong[0]?.stderr ?? '', /missing required argument 'order'/);
    assert.match(wrong[1]?.stderr ?? '', /unknown option '--reason'/);
    assert.deepEqual(
      wrong.map(({ code }) => code),
      [2, 2],
    );
  });
});
