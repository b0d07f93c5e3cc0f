/** An order's steps on the screen as they happen, for the commands that place, cancel and watch orders. */
import type { JsonObject } from '@bufbuild/protobuf';
import type { HistoryEvent, Order } from '../../proto/gen/orderlog/order/v1/order_service.ts';
import { complain } from '../complain.ts';
import { type OrderClient, withOrders, withQueries } from './client.ts';
import { eventJson, orderJson } from './json.ts';
import { eventText, moneyText, statusText } from './text.ts';
import { watchOrder } from './watch.ts';

export interface FollowOptions {
  readonly order?: string;
  readonly gateway?: string;
  /** Seconds. */
  readonly timeout: number;
  readonly json?: true;
  /** false: the command's own answer is all that is wanted. */
  readonly watch?: boolean;
}

/** The order that is followed. */
export interface Followed {
  readonly orderId: string;
  /** What a command on it was answered, for people and for programs; unset: there was none. */
  readonly answer?: { readonly said: string; readonly json: JsonObject };
  /** What is known already and not shown again: versions up to this. */
  readonly seenVersion: number;
}

const EXIT_NOT_ENDED = 3;

/** Runs a command and shows what follows, until the order's end or the time is over; sets the exit code. */
export const runAndFollow = (
  options: FollowOptions,
  command: (client: OrderClient) => Promise<Followed>,
): Promise<void> =>
  withOrders(options.order, (orders) =>
    withQueries(options.gateway, async (queries) => {
      const screen = options.json ? jsonScreen() : textScreen(options.timeout);
      const { orderId, answer, seenVersion } = await command(orders);
      if (answer) screen.answered(answer);
      if (options.watch === false) return;
      const hasEnded = await watchOrder(
        { orders, queries },
        {
          orderId,
          seenVersion,
          timeoutMs: options.timeout * 1_000,
          isSureToBe: answer !== undefined,
          tell: screen.event,
          onTrouble: (text) => complain(`orderlog: ${text}\n`),
        },
      );
      screen.over((await orders.getOrder({ orderId })).order, hasEnded);
      if (!hasEnded) process.exitCode = EXIT_NOT_ENDED;
    }),
  );

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
