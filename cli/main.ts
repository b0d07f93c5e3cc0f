/** `orderlog`: one command line for all that people do with a running Orderlog. */
import { Command, CommanderError } from 'commander';
import { OrderlogError } from '../platform/errors.ts';
import { addAdviseCommand } from './commands/advise.ts';
import { addAuditCommand } from './commands/audit.ts';
import { addCancelCommand } from './commands/cancel.ts';
import { addExplainCommand } from './commands/explain.ts';
import { addOrderCommand } from './commands/order.ts';
import { addParkedCommand } from './commands/parked.ts';
import { addPaymentsCommand } from './commands/payments.ts';
import { addRecoverCommand } from './commands/recover.ts';
import { addSagaCommand } from './commands/saga.ts';

const program = new Command('orderlog')
  .description('Place orders and look after the system that keeps them.')
  .showHelpAfterError('(add --help for what is possible)')
  .exitOverride();
addOrderCommand(program);
addCancelCommand(program);
addExplainCommand(program);
addParkedCommand(program);
addPaymentsCommand(program);
addRecoverCommand(program);
addAuditCommand(program);
addSagaCommand(program);
addAdviseCommand(program);

/** As most command lines have it. */
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** One plain line for what people can mend; anything else is a fault of ours, whose stack is wanted. */
function report(error: unknown): number {
  // Commander has said it already, except for what our own code throws.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  if (!(error instanceof OrderlogError)) throw error;
  const fields = error.violations.map(({ field, description }) => `\n  ${field}: ${description}`).join('');
  const hint =
    error.reason === 'NOT_CONNECTED' ? '\nIs Orderlog running? `npm start` starts it on this machine.' : '';
  process.stderr.write(`orderlog: ${error.message}${fields}${hint}\n`);
  return EXIT_FAILED;
}
