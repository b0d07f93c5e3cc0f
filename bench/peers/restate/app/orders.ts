/**
 * An order: a workflow by order id, since it runs once for each, and its status can be asked for
 * (https://docs.restate.dev/foundations/services, "Workflows"). The saga is written as
 * https://docs.restate.dev/guides/sagas/ says: compensations are pushed as steps are done, and run backwards upon a
 * TerminalError; any other failure is tried again by Restate from where it was. The two lines are reserved side by side
 * (https://docs.restate.dev/develop/ts/concurrent-tasks), which is quicker than one after the other.
 *
 * It does somewhat less than Orderlog does, in Restate's favour: reserving takes the units off at once, so that a completed
 * order needs no confirmation; nothing is searched in; and what happened to an order is not kept once it has ended
 * (JOURNAL_RETENTION_MS), only how it ended, for a day, which is the default.
 */
import {
  handlers,
  RestatePromise,
  TerminalError,
  type WorkflowContext,
  type WorkflowSharedContext,
  workflow,
} from '@restatedev/restate-sdk';
import { createCharge } from '../../charge.ts';
import type { End, OrderLine, OrderWish } from '../../workload.ts';
import { JOURNAL_RETENTION_MS, stock } from './stock.ts';

type Status = 'PLACED' | End;

interface State extends Record<string, unknown> {
  readonly status: Status;
}

type Context = WorkflowContext<State>;
type Compensations = (() => PromiseLike<void>)[];

export function ordersOf(providerUrl: string) {
  const charge = createCharge(providerUrl);
  return workflow({
    name: 'Orders',
    options: { journalRetention: JOURNAL_RETENTION_MS },
    handlers: {
      run: async (ctx: Context, order: OrderWish): Promise<{ readonly status: End }> => {
        const compensations: Compensations = [];
        ctx.set('status', 'PLACED');
        try {
          const amountMinor = await reserve(ctx, order.lines, compensations);
          if (amountMinor === undefined) return await undone(ctx, compensations, 'REJECTED');
          const wish = { orderId: ctx.key, amountMinor, paymentToken: order.paymentToken };
          const outcome = await ctx.run('charge', () => charge(wish));
          if (outcome === 'declined') return await undone(ctx, compensations, 'CANCELLED');
          return ended(ctx, 'COMPLETED');
        } catch (error) {
          // A cancellation from outside is one too.
          if (error instanceof TerminalError) await undone(ctx, compensations, 'CANCELLED');
          throw error;
        }
      },

      status: handlers.workflow.shared(async (ctx: WorkflowSharedContext<State>) => ctx.get('status')),
    },
  });
}

/** The total; undefined where there is too little of something. */
async function reserve(
  ctx: Context,
  lines: readonly OrderLine[],
  compensations: Compensations,
): Promise<number | undefined> {
  const answers = await RestatePromise.all(
    lines.map(({ sku, quantity }) => ctx.objectClient(stock, sku).reserve(quantity)),
  );
  let total: number | undefined = 0;
  for (const [index, { sku, quantity }] of lines.entries()) {
    const price = answers[index]?.unitPriceMinor;
    if (price !== undefined) compensations.push(() => ctx.objectClient(stock, sku).release(quantity));
    total = price === undefined || total === undefined ? undefined : total + price * quantity;
  }
  return total;
}

async function undone(ctx: Context, compensations: Compensations, status: End) {
  for (const compensation of compensations.reverse()) await compensation();
  return ended(ctx, status);
}

function ended(ctx: Context, status: End) {
  ctx.set('status', status);
  return { status };
}
