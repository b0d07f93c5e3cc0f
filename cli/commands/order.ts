/** `orderlog order`: place, watch, cancel, find and see orders. */
import type { Command } from 'commander';
import { withExamples } from './examples.ts';
import { addCancelCommand } from './order/cancel.ts';
import { addHistoryCommand } from './order/history.ts';
import { addListCommand } from './order/list.ts';
import { addPlaceCommand } from './order/place.ts';
import { addShowCommand } from './order/show.ts';
import { addWatchCommand } from './order/watch.ts';

export function addOrderCommand(program: Command): void {
  const order = withExamples(
    program
      .command('order')
      .description('Place, watch, cancel, find and see orders; without another word it places one'),
    'order place --sku SKU-COFFEE --quantity 2',
    'order list --status completed --customer ada',
  );
  addPlaceCommand(order);
  addWatchCommand(order);
  addCancelCommand(order, 'order cancel');
  addListCommand(order);
  addShowCommand(order);
  addHistoryCommand(order);
}
