/** `orderlog order`: places an order and shows it walk through its steps to the end, live. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { OrderlogError } from '../../platform/errors.ts';
import { shortName } from '../../platform/events.ts';
import { createClient, type GrpcClient } from '../../platform/grpc/client.ts';
import {
  type HistoryEvent,
  type Order,
  OrderServiceService,
} from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { OrderStatus, orderStatusToJSON } from '../../proto/gen/orderlog/order/v1/types.ts';
import { SagaMode } from '../../proto/gen/orderlog/saga/v1/saga.ts';
import { addressesOf } from '../addresses.ts';
import { formatMoney } from '../money.ts';

type OrderClient = GrpcClient<typeof OrderServiceService>;

interface OrderOptions {
  readonly sku: readonly string[];
  readonly quantity: number;
  readonly customer: string;
  readonly token: string;
  readonly requestId?: string;
  readonly order?: string;
  readonly timeout: number;
}

const POLL_MS = 50;
const ENDED: readonly OrderStatus[] = [
  OrderStatus.ORDER_STATUS_COMPLETED,
  OrderStatus.ORDER_STATUS_REJECTED,
  OrderStatus.ORDER_STATUS_CANCELLED,
  OrderStatus.ORDER_STATUS_REFUNDED,
];

const wholeNumber = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 1_000_000) {
    throw new InvalidArgumentError('give a whole number from 1 to 1000000');
  }
  return value;
};

export function addOrderCommand(program: Command): void {
  program
    .command('order')
    .description('Place an order and show each of its steps as it happens')
    .option('--sku <sku...>', 'what to order; once for each line', ['SKU-COFFEE'])
    .option('--quantity <pieces>', 'pieces of each', wholeNumber, 1)
    .option('--customer <id>', 'opaque customer id', 'ada')
    .option(
      '--token <token>',
      'payment token: tok_ok, tok_declined, tok_timeout, tok_flaky, tok_slow',
      'tok_ok',
    )
    .option('--request-id <uuid>', 'repeat an earlier request; new by default')
    .option('--order <host:port>', 'address of the Order service (default: as `npm start` lays it out)')
    .option('--timeout <seconds>', 'how long to watch', wholeNumber, 60)
    .addHelpText(
      'after',
      '\nExample:\n  orderlog order --sku SKU-COFFEE SKU-MUG --quantity 2 --token tok_flaky',
    )
    .action(placeAndWatch);
}

async function placeAndWatch(options: OrderOptions): Promise<void> {
  const address = options.order ?? addressesOf(process.env.ORDERLOG_PORT_BASE).order;
  const client = createClient(OrderServiceService, address);
  const startedMs = performance.now();
  const line = (text: string) => {
    const ms = Math.round(performance.now() - startedMs);
    process.stdout.write(`${`${ms} ms`.padStart(9)}  ${text}\n`);
  };
  try {
    const orderId = await place(client, options);
    line(`accepted   ${orderId}`);
    const order = await watch(client, orderId, options.timeout * 1_000, line);
    process.exitCode = report(order, options.timeout);
  } finally {
    client.close();
  }
}

/** Returns the order's id. Where a repeat may succeed, the error says how to repeat without ordering twice. */
async function place(client: OrderClient, options: OrderOptions): Promise<string> {
  const requestId = options.requestId ?? randomUUID();
  try {
    const { orderId } = await client.placeOrder({
      requestId,
      customerId: options.customer,
      lines: options.sku.map((sku) => ({ sku, quantity: options.quantity })),
      paymentToken: options.token,
      expectedTotal: undefined,
      sagaMode: SagaMode.SAGA_MODE_UNSPECIFIED,
    });
    return orderId;
  } catch (error) {
    if (!(error instanceof OrderlogError) || !mayRepeat(error)) throw error;
    const message = `${error.message}\nOrdered or not? Repeat with --request-id ${requestId}: it is ordered once.`;
    throw new OrderlogError(error.code, error.reason, message, { violations: error.violations });
  }
}

const mayRepeat = ({ code, reason, retryAfterMs }: OrderlogError): boolean =>
  reason !== 'NOT_CONNECTED' && (retryAfterMs !== undefined || code === 'DEADLINE_EXCEEDED');

/** Prints each event once; returns the order when it has ended, or the time is over. */
async function watch(
  client: OrderClient,
  orderId: string,
  timeoutMs: number,
  line: (text: string) => void,
): Promise<Order | undefined> {
  const untilMs = performance.now() + timeoutMs;
  for (let seen = 0; ; await sleep(POLL_MS)) {
    const { events } = await client.getOrderHistory({ orderId, pageSize: 1_000, pageToken: '' });
    for (const event of events.slice(seen)) line(describe(event));
    seen = events.length;
    const { order } = await client.getOrder({ orderId });
    const ended = order && ENDED.includes(order.status);
    if ((ended && order.version <= seen) || performance.now() > untilMs) return order;
  }
}

const describe = (event: HistoryEvent): string => {
  const because = event.cause ? `  because of ${event.cause.stream} ${event.cause.eventId}` : '';
  return `${shortName(event.type).padEnd(24)} v${event.version}${because}`;
};

function report(order: Order | undefined, timeoutS: number): number {
  const status = order ? orderStatusToJSON(order.status) : 'unknown';
  const total = order?.total ? `, total ${formatMoney(order.total)}` : '';
  const why = order?.message ? `: ${order.message}` : '';
  const ended = order && ENDED.includes(order.status);
  process.stdout.write(`\n${status}${total}${why}\n`);
  if (!ended) process.stdout.write(`not ended after ${timeoutS} s; it goes on without this watcher\n`);
  return ended ? 0 : 3;
}
