/** An order's steps on the screen as they happen, for the commands that place, cancel and watch orders. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '@bufbuild/protobuf';
import type { HistoryEvent, Order } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { OrderStatus } from '../../proto/gen/orderlog/order/v1/types.ts';
import { type OrderClient, withOrders } from './client.ts';
import { eventJson, orderJson } from './json.ts';
import { eventText, moneyText, statusText } from './text.ts';

export interface FollowOptions {
  readonly order?: string;
  /** Seconds. */
  readonly timeout: number;
  readonly json?: true;
  /** false: the command's own answer is all that is wanted. */
  readonly watch?: boolean;
}

/** What an order that is followed is waited for. */
export interface Followed {
  readonly orderId: string;
  /** What a command on it was answered, for people and for programs; unset: there was none. */
  readonly answer?: { readonly said: string; readonly json: JsonObject };
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
export const runAndFollow = (
  options: FollowOptions,
  command: (client: OrderClient) => Promise<Followed>,
): Promise<void> =>
  withOrders(options.order, async (client) => {
    const screen = options.json ? jsonScreen() : textScreen(options.timeout);
    const followed = await command(client);
    if (followed.answer) screen.answered(followed.answer);
    if (options.watch === false) return;
    const last = await watch(client, followed, options.timeout * 1_000, screen.event);
    const hasEnded = last !== undefined && followed.ends.includes(last.status);
    screen.over(last, hasEnded);
    if (!hasEnded) process.exitCode = EXIT_NOT_ENDED;
  });

/** Tells each event once; returns the order when it has ended, or the time is over. */
async function watch(
  client: OrderClient,
  { orderId, ends, seenVersion }: Followed,
  timeoutMs: number,
  tell: (event: HistoryEvent) => void,
): Promise<Order | undefined> {
  const untilMs = performance.now() + timeoutMs;
  for (let seen = seenVersion; ; await sleep(POLL_MS)) {
    const { events } = await client.getOrderHistory({ orderId, pageSize: 1_000, pageToken: '' });
    for (const event of events.slice(seen)) tell(event);
    seen = events.length;
    const { order } = await client.getOrder({ orderId });
    const ended = order && ends.includes(order.status);
    if ((ended && order.version <= seen) || performance.now() > untilMs) return order;
  }
}

interface Screen {
  answered(answer: NonNullable<Followed['answer']>): void;
  event(event: HistoryEvent): void;
  over(order: Order | undefined, hasEnded: boolean): void;
}

function textScreen(timeoutS: number): Screen {
  const startedMs = performance.now();
  const line = (text: string) => {
    const ms = Math.round(performance.now() - startedMs);
    process.stdout.write(`${`${ms} ms`.padStart(9)}  ${text}\n`);
  };
  return {
    answered: ({ said }) => line(said),
    event: (event) => line(eventText(event)),
    over(order, hasEnded) {
      const status = order ? statusText(order.status) : 'unknown';
      const total = order?.total ? `, total ${moneyText(order.total)}` : '';
      const why = order?.message ? `: ${order.message}` : '';
      process.stdout.write(`\n${status}${total}${why}\n`);
      if (!hasEnded) process.stdout.write(`not ended after ${timeoutS} s; it goes on without this watcher\n`);
    },
  };
}

/** A line of JSON for each. */
function jsonScreen(): Screen {
  const line = (value: JsonObject) => void process.stdout.write(`${JSON.stringify(value)}\n`);
  return {
    answered: ({ json }) => line({ answer: json }),
    event: (event) => line({ event: eventJson(event) }),
    over: (order) => line({ order: order ? orderJson(order) : null }),
  };
}
