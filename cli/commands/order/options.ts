/** Options that several commands on orders have. */
import { type Command, Option } from 'commander';
import { time, wholeNumber } from '../arguments.ts';

export const orderAddress = (): Option =>
  new Option('--order <host:port>', 'address of the Order service (default: as `npm start` lays it out)');

export const gatewayAddress = (): Option =>
  new Option('--gateway <host:port>', 'address of the gateway (default: as `npm start` lays it out)');

/** Of FollowOptions. */
export const addFollowOptions = (command: Command): Command =>
  command
    .option('--timeout <seconds>', 'how long to watch', wholeNumber, 60)
    .addOption(orderAddress())
    .addOption(gatewayAddress())
    .option('--json', 'a line of JSON for the answer, for each step, and for the order at last');

/** Of those that send a command first. */
export const addCommandOptions = (command: Command): Command =>
  addFollowOptions(
    command
      .option('--request-id <uuid>', 'repeat an earlier request; new by default')
      .option('--no-watch', 'end as soon as it is answered'),
  );

/** Which moment of an order's past. */
export const addMomentOptions = (command: Command): Command =>
  command
    .option('--at <time>', 'as it was at this time, such as 2026-01-02T03:04:05Z', time)
    .addOption(
      new Option('--at-version <n>', 'as it was after so many of its events')
        .argParser(wholeNumber)
        .conflicts('at'),
    );

export interface MomentOptions {
  readonly at?: Date;
  readonly atVersion?: number;
}

/** As the contract's requests have it. */
export const momentOf = ({ at, atVersion }: MomentOptions) => ({
  ...(at && { atTime: at }),
  ...(atVersion !== undefined && { atVersion }),
});
