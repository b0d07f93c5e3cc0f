/** What `orderlog order` and `orderlog cancel` share: a command on an order, and its steps on the screen as they happen. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { OrderlogError } from '../../platform/errors.ts';
import { shortName } from '../../platform/events.ts';
import { createClient, type GrpcClient } from '../../platform/grpc/client.ts';
import { formatMoney } from '../../platform/money.ts';
import {
  type HistoryEvent,
  type Order,
  OrderServiceService,
} from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { OrderStatus, orderStatusToJSON } from '../../proto/gen/orderlog/order/v1/types.ts';
import { addressesOf } from '../addresses.ts';

export type OrderClient = GrpcClient<typeof OrderServiceService>;

export interface FollowOptions {
  readonly requestId?: string;
  readonly order?: string;
  /** Seconds. */
  readonly timeout: number;
}

/** The options of FollowOptions. */
export const addFollowOptions = (command: Command): Command =>
  command
    .option('--request-id <uuid>', 'repeat an earlier request; new by default')
    .option('--order <host:port>', 'address of the Order service (default: as `npm start` lays it out)')
    .option('--timeout <seconds>', 'how long to watch', wholeNumber, 60);

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 1_000_000) {
    throw new InvalidArgumentError('give a whole number from 1 to 1000000');
  }
  return value;
}

/** A command that was answered: the order it is about, what to say of it, and what its end is. */
export interface Answered {
  readonly orderId: string;
  readonly said: string;
  readonly ends: readonly OrderStatus[];
  /** What is known already and not shown again: versions up to this. */
  readonly seenVersion: number;
}

const POLL_MS = 50;
const EXIT_NOT_ENDED = 3;
/** How the end of an order that was placed may look, and of one that was cancelled. */
export const ENDS: readonly OrderStatus[] = [
  OrderStatus.ORDER_STATUS_COMPLETED,
  OrderStatus.ORDER_STATUS_REJECTED,
  OrderStatus.ORDER_STATUS_CANCELLED,
  OrderStatus.ORDER_STATUS_REFUNDED,
];
export const ENDS_OF_CANCELLED = ENDS.filter((status) => status !== OrderStatus.ORDER_STATUS_COMPLETED);

/** Runs a command and shows what follows, until the order's end or the time is over; sets the exit code. */
export async function runAndFollow(
  { order, timeout }: FollowOptions,
  command: (client: OrderClient) => Promise<Answered>,
): Promise<void> {
  const client = createClient(
    OrderServiceService,
    order ?? addressesOf(process.env.ORDERLOG_PORT_BASE).order,
  );
  const startedMs = performance.now();
  const line = (text: string) => {
    const ms = Math.round(performance.now() - startedMs);
    process.stdout.write(`${`${ms} ms`.padStart(9)}  ${text}\n`);
  };
  try {
    const answered = await command(client);
    line(answered.said);
    const last = await watch(client, answered, timeout * 1_000, line);
    process.exitCode = report(last, answered.ends, timeout);
  } finally {
    client.close();
  }
}

/** Prints each event once; returns the order when it has ended, or the time is over. */
async function watch(
  client: OrderClient,
  { orderId, ends, seenVersion }: Answered,
  timeoutMs: number,
  line: (text: string) => void,
): Promise<Order | undefined> {
  const untilMs = performance.now() + timeoutMs;
  for (let seen = seenVersion; ; await sleep(POLL_MS)) {
    const { events } = await client.getOrderHistory({ orderId, pageSize: 1_000, pageToken: '' });
    for (const event of events.slice(seen)) line(describe(event));
    seen = events.length;
    const { order } = await client.getOrder({ orderId });
    const ended = order && ends.includes(order.status);
    if ((ended && order.version <= seen) || performance.now() > untilMs) return order;
  }
}

const describe = (event: HistoryEvent): string => {
  const because = event.cause ? `  because of ${event.cause.stream} ${event.cause.eventId}` : '';
  return `${shortName(event.type).padEnd(26)} v${event.version}${because}`;
};

function report(order: Order | undefined, ends: readonly OrderStatus[], timeoutS: number): number {
  const status = order ? orderStatusToJSON(order.status) : 'unknown';
  const total = order?.total ? `, total ${formatMoney(order.total)}` : '';
  const why = order?.message ? `: ${order.message}` : '';
  process.stdout.write(`\n${status}${total}${why}\n`);
  if (order && ends.includes(order.status)) return 0;
  process.stdout.write(`not ended after ${timeoutS} s; it goes on without this watcher\n`);
  return EXIT_NOT_ENDED;
}

/** Where a repeat may succeed, the error says how to repeat without doing it twice. */
export async function orHowToRepeat<T>(call: Promise<T>, requestId: string, question: string): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof OrderlogError) || !mayRepeat(error)) throw error;
    const message = `${error.message}\n${question} Repeat with --request-id ${requestId}: it is done once.`;
    throw new OrderlogError(error.code, error.reason, message, { violations: error.violations });
  }
}

const mayRepeat = ({ code, reason, retryAfterMs }: OrderlogError): boolean =>
  reason !== 'NOT_CONNECTED' && (retryAfterMs !== undefined || code === 'DEADLINE_EXCEEDED');
