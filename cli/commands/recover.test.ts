import assert from 'node:assert/strict';
import { Command, CommanderError } from 'commander';
import { describe, it } from 'mocha';
import { addRecoverCommand } from './recover.ts';

/** Rejects with what the command line would report. */
async function orderlog(...args: readonly string[]): Promise<void> {
  const program = new Command('orderlog').exitOverride().configureOutput({ writeErr: () => undefined });
  addRecoverCommand(program);
  for (const command of program.commands) {
    command.exitOverride().configureOutput({ writeErr: () => undefined });
  }
  await program.parseAsync(['node', 'orderlog', 'recover', ...args]);
}

describe('orderlog recover', () => {
  for (const [args, message] of [
    [['orders'], /there is no service orders: give one of order, catalog, payment/],
    [['order', '--all'], /give a service or --all, not both/],
    [['--yes'], /--yes needs a service, or --all/],
    [['--all', '--db', 'postgres://x/y'], /--db needs the service whose database it is/],
    [['order', '--force'], /unknown option '--force'/],
  ] as const) {
    it(`refuses ${args.join(' ')}`, () =>
      assert.rejects(
        orderlog(...args),
        (error) => error instanceof CommanderError && error.exitCode !== 0 && message.test(error.message),
      ));
  }
});
