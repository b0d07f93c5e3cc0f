/** `orderlog log-level`: how much the processes of a system log, told and changed while they run. */
import { Argument, type Command, Option } from 'commander';
import { LOG_LEVELS, type LogLevel } from '../../platform/logging.ts';
import { PROCESSES, type ProcessName } from '../addresses.ts';
import { logLevels } from '../logLevel/logLevel.ts';
import { withExamples } from './examples.ts';

const HELP = `
Holds until the process ends; ORDERLOG_LOG_LEVEL is what it starts with. Processes take it at their admin endpoints
(ORDERLOG_ADMIN_LISTEN) from their own machine only: on a cluster, kubectl exec into the pod, or port-forward to it, and name
it by --admin.`;

interface Flags {
  readonly admin?: string;
  readonly json?: true;
}

export function addLogLevelCommand(program: Command): void {
  const command = program
    .command('log-level')
    .description('Tell or change how much processes log, while they run')
    .addArgument(new Argument('[process]', 'which; without one, each').choices([...PROCESSES, 'all']))
    .addArgument(new Argument('[level]', 'from now on').choices([...LOG_LEVELS]))
    .addOption(new Option('--admin <host:port>', 'the admin endpoint, if it is not that of a local system'))
    .option('--json', 'a line of JSON for each process')
    .addHelpText('after', HELP);
  withExamples(command, 'log-level', 'log-level payment debug', 'log-level all info').action(
    async (process_: ProcessName | 'all' = 'all', level: LogLevel | undefined, { admin, json }: Flags) => {
      if (admin !== undefined && process_ === 'all')
        command.error('error: --admin is of one process: name it');
      const wanted = { processes: process_ === 'all' ? PROCESSES : [process_], ...(admin && { admin }) };
      process.exitCode = await logLevels({ ...wanted, ...(level && { level }) }, json ?? false);
    },
  );
}
