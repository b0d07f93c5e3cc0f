/** The command line as a tree of commands: what `orderlog` runs, and what its completion and docs/cli.md are made from. */
import { styleText } from 'node:util';
import { Command } from 'commander';
import { addAdviseCommand } from './commands/advise.ts';
import { addAuditCommand } from './commands/audit.ts';
import { addCompareCommand } from './commands/compare.ts';
import { addCompletionCommand } from './commands/completion.ts';
import { addDevCommand } from './commands/dev.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addEventsCommand } from './commands/events.ts';
import { addExplainCommand } from './commands/explain.ts';
import { addItemsCommand } from './commands/items.ts';
import { addLogLevelCommand } from './commands/logLevel.ts';
import { addMigrateCommand } from './commands/migrate.ts';
import { addCancelCommand } from './commands/order/cancel.ts';
import { addOrderCommand } from './commands/order.ts';
import { addParkedCommand } from './commands/parked.ts';
import { addPaymentsCommand } from './commands/payments.ts';
import { addRebuildCommand } from './commands/rebuild.ts';
import { addRecoverCommand } from './commands/recover.ts';
import { addSagaCommand } from './commands/saga.ts';
import { addStartCommand } from './commands/start.ts';
import { addStreamCommand } from './commands/stream.ts';
import { addTokenCommand } from './commands/token.ts';
import { complain } from './complain.ts';

/** As most command lines have it; what else a command may end with stands in its own help. */
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;

const HELP = `
Commands work on the system that \`npm start\` runs on this machine (ORDERLOG_PORT_BASE and ORDERLOG_DATA_DIR as it was given
them), unless addresses are given. Answers go to stdout, what went wrong and progress to stderr; --json for programs.

Where calls are authenticated they are made with the token in ORDERLOG_TOKEN, or in the file that ORDERLOG_TOKEN_FILE names.
Services that are reached over TLS ask for a certificate: set ORDERLOG_TLS_CERT_FILE, ORDERLOG_TLS_KEY_FILE and ORDERLOG_TLS_CA_FILE
as for a service (docs/settings.md), and call them by the names in theirs. Stores are, where their URLs say so: tls:// of NATS, https:// of
Elasticsearch (ORDERLOG_NATS_CA_FILE and ORDERLOG_ELASTICSEARCH_CA_FILE, where another CA signs theirs), of PostgreSQL
?sslmode=verify-full&sslrootcert=<the CA's file>.

Exit codes: 0 done; 1 failed, or something was found; 2 wrong usage; 3 not to be said yet (an order that has not ended in
time, an audit that could not look).

Colours only on a terminal; NO_COLOR=1 turns them off. Completion: source <(orderlog completion bash)`;

export function createProgram(): Command {
  const program = new Command('orderlog')
    .description('Place orders and look after the system that keeps them.')
    .showHelpAfterError('(add --help for what is possible)')
    .configureHelp({ styleTitle: bold, styleCommandText: bold })
    .configureOutput({ writeErr: complain })
    .exitOverride();
  addStartCommand(program);
  addOrderCommand(program);
  addCancelCommand(program, 'cancel');
  addExplainCommand(program);
  addItemsCommand(program);
  addEventsCommand(program);
  addParkedCommand(program);
  addPaymentsCommand(program);
  addMigrateCommand(program);
  addRecoverCommand(program);
  addStreamCommand(program);
  addRebuildCommand(program);
  addAuditCommand(program);
  addDoctorCommand(program);
  addLogLevelCommand(program);
  addSagaCommand(program);
  addAdviseCommand(program);
  addCompareCommand(program);
  addTokenCommand(program);
  addDevCommand(program);
  addCompletionCommand(program);
  return program.addHelpText('after', HELP);
}

/** Commander leaves it out where there are no colours. */
const bold = (text: string): string => styleText('bold', text, { validateStream: false });
