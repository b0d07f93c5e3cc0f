/**
 * An item's stock: a virtual object by SKU, whose exclusive handlers run one at a time for each key, with its state kept by
 * Restate (https://docs.restate.dev/foundations/services, "Virtual Objects"). As in the authors' example of accounts, what
 * cannot be done is an answer and no error, and undoing is a handler of its own
 * (github.com/restatedev/examples, typescript/patterns-use-cases/src/statemachinepayments/accounts.ts).
 */
import { type ObjectContext, object, TerminalError } from '@restatedev/restate-sdk';
import type { Item } from '../../workload.ts';

interface State extends Record<string, unknown> {
  readonly item: Item;
}

type Context = ObjectContext<State>;

/**
 * Of invocations that have ended: not kept, in Restate's favour. The default is a day, and to "save disk space" a shorter time
 * is what the docs say (https://docs.restate.dev/services/configuration, "Retention of completed invocations").
 */
export const JOURNAL_RETENTION_MS = 0;

export const stock = object({
  name: 'Stock',
  options: { journalRetention: JOURNAL_RETENTION_MS },
  handlers: {
    put: async (ctx: Context, item: Item): Promise<void> => ctx.set('item', item),

    /** The price of a unit; undefined where there is too little. */
    reserve: async (ctx: Context, quantity: number): Promise<{ readonly unitPriceMinor?: number }> => {
      const { available, unitPriceMinor } = await itemOf(ctx);
      if (available < quantity) return {};
      ctx.set('item', { available: available - quantity, unitPriceMinor });
      return { unitPriceMinor };
    },

    release: async (ctx: Context, quantity: number): Promise<void> => {
      const { available, unitPriceMinor } = await itemOf(ctx);
      ctx.set('item', { available: available + quantity, unitPriceMinor });
    },
  },
});

async function itemOf(ctx: Pick<Context, 'get' | 'key'>): Promise<Item> {
  const item = await ctx.get('item');
  if (item) return item;
  throw new TerminalError(`there is no item ${ctx.key}`);
}
