/** `orderlog order watch`: an order's steps, those that were and those to come, until it ends. */
import { type Command, InvalidArgumentError } from 'commander';
import { type FollowOptions, runAndFollow } from '../../order/follow.ts';
import { withExamples } from '../examples.ts';
import { addFollowOptions } from './options.ts';

interface WatchOptions extends FollowOptions {
  readonly afterVersion: number;
}

const version = (text: string): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value < 2 ** 31) return value;
  throw new InvalidArgumentError('give how many of its events were seen: a whole number, 0 or more');
};

export function addWatchCommand(order: Command): void {
  const command = order
    .command('watch')
    .description('Show each step of an order, those that were and those to come, until it ends')
    .argument('<order>', "the order's id")
    .option('--after-version <n>', 'leave out what was seen: its first n events', version, 0);
  withExamples(
    addFollowOptions(command),
    'order watch <order id>',
    'order watch <order id> --after-version 2 --timeout 600 --json',
  ).action((orderId: string, options: WatchOptions) =>
    runAndFollow(options, async () => ({ orderId, seenVersion: options.afterVersion })),
  );
}
