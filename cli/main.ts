/** `orderlog`: one command line for all that people do with a running Orderlog. */
import { CommanderError } from 'commander';
import { OrderlogError } from '../platform/errors.ts';
import { complain, complainOfFault } from './complain.ts';
import { createProgram, EXIT_FAILED, EXIT_USAGE } from './program.ts';

// Who reads only the first lines (head) is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** One plain line for what people can mend; anything else is a fault of ours, whose stack is wanted. */
function report(error: unknown): number {
  // Commander has said it already, except for what our own code throws.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  if (!(error instanceof OrderlogError)) {
    complainOfFault(error);
    return EXIT_FAILED;
  }
  const fields = error.violations.map(({ field, description }) => `\n  ${field}: ${description}`).join('');
  const hint = error.reason === 'NOT_CONNECTED' ? `\n${hintOf(process.env)}` : '';
  complain(`orderlog: ${error.message}${fields}${hint}\n`);
  return EXIT_FAILED;
}

/** For whom nobody answers. */
function hintOf(env: NodeJS.ProcessEnv): string {
  return env.ORDERLOG_TLS_CERT_FILE
    ? 'Calls go over TLS, since ORDERLOG_TLS_CERT_FILE is set: is it reached so, and by a name in its certificate?'
    : 'Is Orderlog running? `npm start` starts it on this machine. Over TLS, set ORDERLOG_TLS_CERT_FILE (orderlog --help).';
}
