/** `orderlog`: one command line for all that people do with a running Orderlog. */
import { Command, CommanderError } from 'commander';
import { OrderlogError } from '../platform/errors.ts';
import { addOrderCommand } from './commands/order.ts';

const program = new Command('orderlog')
  .description('Place orders and look after the system that keeps them.')
  .showHelpAfterError('(add --help for what is possible)');
addOrderCommand(program);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof OrderlogError || error instanceof CommanderError)) throw error;
  const violations = error instanceof OrderlogError ? error.violations : [];
  const fields = violations.map(({ field, description }) => `\n  ${field}: ${description}`).join('');
  process.stderr.write(`orderlog: ${error.message}${fields}\n`);
  process.exitCode = 1;
}
